-- +goose Up
ALTER TABLE `devices` ADD COLUMN `bundle_issued_at` BIGINT NOT NULL DEFAULT 0;
