-- +goose Up
ALTER TABLE `passages` ADD COLUMN `way` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
