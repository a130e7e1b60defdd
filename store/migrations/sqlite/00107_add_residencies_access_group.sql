-- +goose Up
ALTER TABLE residencies ADD COLUMN access_group INTEGER NOT NULL DEFAULT 0;
