-- +goose Up
ALTER TABLE devices ADD COLUMN connection TEXT NOT NULL DEFAULT '';
