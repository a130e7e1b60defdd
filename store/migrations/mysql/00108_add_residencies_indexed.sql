-- +goose Up
ALTER TABLE `residencies` ADD COLUMN `indexed` INT NOT NULL DEFAULT 0;
