-- +goose Up
ALTER TABLE passes ADD COLUMN strip_phone TEXT NOT NULL DEFAULT '';
