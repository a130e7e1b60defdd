-- +goose Up
ALTER TABLE `passes` ADD COLUMN `strip_phone` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
