-- +goose Up
ALTER TABLE `devices` ADD COLUMN `bundle_issued_at` INTEGER NOT NULL DEFAULT 0;
