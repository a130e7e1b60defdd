-- +goose Up
ALTER TABLE `staff_grants` ADD COLUMN `mac` BINARY(32) NULL;
