-- +goose Up
ALTER TABLE `devices` ADD COLUMN `signs_since` INTEGER NOT NULL DEFAULT 0;
