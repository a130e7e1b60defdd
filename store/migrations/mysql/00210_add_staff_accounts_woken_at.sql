-- +goose Up
ALTER TABLE `staff_accounts` ADD COLUMN `woken_at` BIGINT NOT NULL DEFAULT 0;
