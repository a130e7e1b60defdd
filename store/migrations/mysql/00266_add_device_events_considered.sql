-- +goose Up
ALTER TABLE `device_events` ADD COLUMN `considered` INT NOT NULL DEFAULT 0;
