-- +goose Up
ALTER TABLE devices ADD COLUMN path_hash TEXT NULL;
