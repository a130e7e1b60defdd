-- +goose Up
ALTER TABLE devices ADD COLUMN areas TEXT NOT NULL DEFAULT '';
