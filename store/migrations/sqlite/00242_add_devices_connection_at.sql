-- +goose Up
ALTER TABLE devices ADD COLUMN connection_at INTEGER NOT NULL DEFAULT 0;
