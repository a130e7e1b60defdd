-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_ends_at` BIGINT NOT NULL DEFAULT 0;
