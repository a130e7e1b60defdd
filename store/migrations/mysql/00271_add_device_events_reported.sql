-- +goose Up
ALTER TABLE `device_events` ADD COLUMN `reported_at` BIGINT NOT NULL DEFAULT 0;
