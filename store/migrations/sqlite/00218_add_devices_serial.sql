-- +goose Up
ALTER TABLE devices ADD COLUMN serial TEXT NOT NULL DEFAULT '';
