-- +goose Up
ALTER TABLE `roster_entries` ADD COLUMN `added_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
