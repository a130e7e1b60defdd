-- +goose Up
ALTER TABLE `recipients` ADD COLUMN `format` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'cloudevents';
