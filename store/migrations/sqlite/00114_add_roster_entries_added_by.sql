-- +goose Up
ALTER TABLE roster_entries ADD COLUMN added_by TEXT NOT NULL DEFAULT '';
