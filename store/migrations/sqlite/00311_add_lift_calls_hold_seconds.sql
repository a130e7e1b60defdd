-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_seconds` INTEGER NOT NULL DEFAULT 0;
