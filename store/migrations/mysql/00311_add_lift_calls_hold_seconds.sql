-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_seconds` INT NOT NULL DEFAULT 0;
