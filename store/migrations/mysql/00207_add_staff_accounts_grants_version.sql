-- +goose Up
ALTER TABLE `staff_accounts` ADD COLUMN `grants_version` BIGINT NOT NULL DEFAULT 0;
