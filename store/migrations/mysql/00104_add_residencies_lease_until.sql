-- +goose Up
ALTER TABLE `residencies` ADD COLUMN `lease_until` BIGINT NOT NULL DEFAULT 0;
