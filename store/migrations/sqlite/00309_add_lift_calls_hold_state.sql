-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_state` TEXT NOT NULL DEFAULT '';
