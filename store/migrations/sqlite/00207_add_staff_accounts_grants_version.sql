-- +goose Up
ALTER TABLE staff_accounts ADD COLUMN grants_version INTEGER NOT NULL DEFAULT 0;
