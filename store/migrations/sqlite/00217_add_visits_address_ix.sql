-- +goose Up
ALTER TABLE visits ADD COLUMN address_ix BLOB NULL;
