-- +goose Up
ALTER TABLE `staff_accounts` ADD COLUMN `totp_next_ct` VARBINARY(1024) NULL;
