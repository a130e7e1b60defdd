-- +goose Up
ALTER TABLE residencies ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0;
