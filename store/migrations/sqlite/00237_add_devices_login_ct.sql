-- +goose Up
ALTER TABLE devices ADD COLUMN login_ct BLOB NULL;
