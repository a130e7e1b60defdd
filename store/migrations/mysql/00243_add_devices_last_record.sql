-- +goose Up
ALTER TABLE `devices` ADD COLUMN `last_record` BIGINT NOT NULL DEFAULT 0;
