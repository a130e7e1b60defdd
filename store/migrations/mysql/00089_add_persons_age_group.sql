-- +goose Up
ALTER TABLE `persons` ADD COLUMN `age_group` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
