-- +goose Up
ALTER TABLE devices ADD COLUMN offline_after_ms INTEGER NOT NULL DEFAULT 0;
