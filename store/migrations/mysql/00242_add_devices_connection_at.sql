-- +goose Up
ALTER TABLE `devices` ADD COLUMN `connection_at` BIGINT NOT NULL DEFAULT 0;
