-- +goose Up
ALTER TABLE `residencies` ADD COLUMN `lease_told` INT NOT NULL DEFAULT 0;
