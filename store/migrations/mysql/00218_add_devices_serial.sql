-- +goose Up
ALTER TABLE `devices` ADD COLUMN `serial` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
