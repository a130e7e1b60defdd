-- +goose Up
ALTER TABLE residencies ADD COLUMN lease_told INTEGER NOT NULL DEFAULT 0;
