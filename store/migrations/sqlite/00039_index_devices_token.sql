-- +goose Up
CREATE UNIQUE INDEX devices_token ON devices (token_hash);
