-- +goose Up
CREATE INDEX handovers_created ON handovers (created_at);
