-- +goose Up
ALTER TABLE `staff_accounts` ADD COLUMN `password_at` BIGINT NOT NULL DEFAULT 0;
