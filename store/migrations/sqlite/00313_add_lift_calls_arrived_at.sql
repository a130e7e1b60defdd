-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `arrived_at` INTEGER NOT NULL DEFAULT 0;
