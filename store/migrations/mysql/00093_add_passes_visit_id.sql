-- +goose Up
ALTER TABLE `passes` ADD COLUMN `visit_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
