-- +goose Up
ALTER TABLE `devices` ADD COLUMN `connection` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
