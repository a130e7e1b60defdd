-- +goose Up
ALTER TABLE device_events ADD COLUMN considered INTEGER NOT NULL DEFAULT 0;
