-- +goose Up
ALTER TABLE residencies ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
