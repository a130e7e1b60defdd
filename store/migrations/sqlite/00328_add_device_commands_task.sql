-- +goose Up
ALTER TABLE device_commands ADD COLUMN task_id TEXT;
