-- +goose Up
ALTER TABLE `passes` ADD COLUMN `quota` INT NOT NULL DEFAULT 0;
