-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_ends_at` INTEGER NOT NULL DEFAULT 0;
