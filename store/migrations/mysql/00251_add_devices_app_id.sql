-- +goose Up
ALTER TABLE `devices` ADD COLUMN `app_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
