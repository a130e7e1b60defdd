-- +goose Up
ALTER TABLE `passes` ADD COLUMN `strip_moved_at` BIGINT NOT NULL DEFAULT 0;
