-- +goose Up
ALTER TABLE `devices` ADD COLUMN `pull` INT NOT NULL DEFAULT 0;
