-- +goose Up
ALTER TABLE `roster_entries` ADD COLUMN `lease_until` BIGINT NOT NULL DEFAULT 0;
