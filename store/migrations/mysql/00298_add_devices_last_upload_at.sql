-- +goose Up
ALTER TABLE `devices` ADD COLUMN `last_upload_at` BIGINT NOT NULL DEFAULT 0;
