-- +goose Up
ALTER TABLE roster_entries ADD COLUMN age_group TEXT NOT NULL DEFAULT '';
