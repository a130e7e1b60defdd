-- +goose Up
ALTER TABLE roster_entries ADD COLUMN import_id TEXT NOT NULL DEFAULT '';
