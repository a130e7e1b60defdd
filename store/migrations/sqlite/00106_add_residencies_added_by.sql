-- +goose Up
ALTER TABLE residencies ADD COLUMN added_by TEXT NOT NULL DEFAULT '';
