-- +goose Up
ALTER TABLE `devices` ADD COLUMN `path_hash` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;
