-- +goose Up
ALTER TABLE roster_entries ADD COLUMN access_group INTEGER NOT NULL DEFAULT 0;
