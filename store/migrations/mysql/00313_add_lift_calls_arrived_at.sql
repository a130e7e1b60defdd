-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `arrived_at` BIGINT NOT NULL DEFAULT 0;
