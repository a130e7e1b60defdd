-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
