-- +goose Up
CREATE UNIQUE INDEX incidents_open ON incidents (open_key);
