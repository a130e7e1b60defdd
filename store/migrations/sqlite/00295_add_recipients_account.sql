-- +goose Up
ALTER TABLE `recipients` ADD COLUMN `account` TEXT NOT NULL DEFAULT '';
