-- +goose Up
ALTER TABLE `roster_entries` ADD COLUMN `access_group` INT NOT NULL DEFAULT 0;
