-- +goose Up
ALTER TABLE `lift_calls` ADD COLUMN `hold_state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
