-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_reason` TEXT NOT NULL DEFAULT '';
