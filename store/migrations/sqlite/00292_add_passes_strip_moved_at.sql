-- +goose Up
ALTER TABLE passes ADD COLUMN strip_moved_at INTEGER NOT NULL DEFAULT 0;
