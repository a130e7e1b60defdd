-- +goose Up
ALTER TABLE `visits` ADD COLUMN `address_ix` BINARY(32) NULL;
