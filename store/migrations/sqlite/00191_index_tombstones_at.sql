-- +goose Up
CREATE INDEX tombstones_at ON tombstones (at);
