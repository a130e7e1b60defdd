-- +goose Up
ALTER TABLE visits ADD COLUMN plate_ix BLOB NULL;
