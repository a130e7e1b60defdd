-- +goose Up
ALTER TABLE access_groups ADD COLUMN digest TEXT NULL;
