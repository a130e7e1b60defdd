-- +goose Up
CREATE UNIQUE INDEX devices_path ON devices (path_hash);
