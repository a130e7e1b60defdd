-- +goose Up
ALTER TABLE `devices` ADD COLUMN `dead_letters` BIGINT NOT NULL DEFAULT 0;
