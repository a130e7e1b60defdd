-- +goose Up
ALTER TABLE staff_accounts ADD COLUMN woken_at INTEGER NOT NULL DEFAULT 0;
