-- +goose Up
ALTER TABLE staff_accounts ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0;
