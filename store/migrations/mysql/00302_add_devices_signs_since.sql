-- +goose Up
ALTER TABLE `devices` ADD COLUMN `signs_since` BIGINT NOT NULL DEFAULT 0;
