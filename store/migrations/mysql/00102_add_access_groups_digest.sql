-- +goose Up
ALTER TABLE `access_groups` ADD COLUMN `digest` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;
