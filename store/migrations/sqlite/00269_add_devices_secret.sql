-- +goose Up
ALTER TABLE devices ADD COLUMN secret_ct BLOB NULL;
