-- +goose Up
ALTER TABLE roster_entries ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0;
