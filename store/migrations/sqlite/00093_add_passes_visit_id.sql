-- +goose Up
ALTER TABLE passes ADD COLUMN visit_id TEXT NOT NULL DEFAULT '';
