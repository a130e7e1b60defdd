-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_id` TEXT NOT NULL DEFAULT '';
