-- +goose Up
ALTER TABLE devices ADD COLUMN auth_word TEXT NOT NULL DEFAULT '';
