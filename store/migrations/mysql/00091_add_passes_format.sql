-- +goose Up
ALTER TABLE `passes` ADD COLUMN `format` INT NOT NULL DEFAULT 1;
