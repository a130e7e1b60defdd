-- +goose Up
ALTER TABLE `recipients` ADD COLUMN `account` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
