-- +goose Up
ALTER TABLE `devices` ADD COLUMN `last_upload_at` INTEGER NOT NULL DEFAULT 0;
