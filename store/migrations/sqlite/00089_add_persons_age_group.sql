-- +goose Up
ALTER TABLE persons ADD COLUMN age_group TEXT NOT NULL DEFAULT '';
