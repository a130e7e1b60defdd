-- +goose Up
ALTER TABLE devices ADD COLUMN last_record INTEGER NOT NULL DEFAULT 0;
