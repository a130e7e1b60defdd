-- +goose Up
ALTER TABLE staff_accounts ADD COLUMN password_at INTEGER NOT NULL DEFAULT 0;
