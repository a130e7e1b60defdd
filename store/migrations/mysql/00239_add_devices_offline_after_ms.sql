-- +goose Up
ALTER TABLE `devices` ADD COLUMN `offline_after_ms` BIGINT NOT NULL DEFAULT 0;
