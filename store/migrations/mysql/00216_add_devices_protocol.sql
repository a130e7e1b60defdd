-- +goose Up
ALTER TABLE `devices` ADD COLUMN `protocol` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
