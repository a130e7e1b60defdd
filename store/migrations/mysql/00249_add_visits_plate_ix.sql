-- +goose Up
ALTER TABLE `visits` ADD COLUMN `plate_ix` BINARY(32) NULL;
