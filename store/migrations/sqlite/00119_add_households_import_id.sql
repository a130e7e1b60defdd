-- +goose Up
ALTER TABLE households ADD COLUMN import_id TEXT NOT NULL DEFAULT '';
