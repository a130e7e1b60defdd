-- +goose Up
ALTER TABLE `devices` ADD COLUMN `address` VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
