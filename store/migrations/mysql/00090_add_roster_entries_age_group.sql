-- +goose Up
ALTER TABLE `roster_entries` ADD COLUMN `age_group` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
