-- +goose Up
ALTER TABLE devices ADD COLUMN address TEXT NOT NULL DEFAULT '';
