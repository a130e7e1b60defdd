-- +goose Up
ALTER TABLE `recipients` ADD COLUMN `device_code` TEXT NOT NULL DEFAULT '';
