-- +goose Up
ALTER TABLE `staff_accounts` ADD COLUMN `must_change` INT NOT NULL DEFAULT 0;
