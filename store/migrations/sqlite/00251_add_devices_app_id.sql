-- +goose Up
ALTER TABLE devices ADD COLUMN app_id TEXT NOT NULL DEFAULT '';
