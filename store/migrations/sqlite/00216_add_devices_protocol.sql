-- +goose Up
ALTER TABLE devices ADD COLUMN protocol TEXT NOT NULL DEFAULT '';
