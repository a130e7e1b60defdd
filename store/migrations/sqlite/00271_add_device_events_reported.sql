-- +goose Up
ALTER TABLE device_events ADD COLUMN reported_at INTEGER NOT NULL DEFAULT 0;
