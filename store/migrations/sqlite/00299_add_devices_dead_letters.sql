-- +goose Up
ALTER TABLE `devices` ADD COLUMN `dead_letters` INTEGER NOT NULL DEFAULT 0;
