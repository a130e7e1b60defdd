-- +goose Up
ALTER TABLE `residencies` ADD COLUMN `access_group` INT NOT NULL DEFAULT 0;
