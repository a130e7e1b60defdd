-- +goose Up
ALTER TABLE `recipients` ADD COLUMN `device_code` VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
