-- +goose Up
ALTER TABLE `devices` ADD COLUMN `conflicts` INTEGER NOT NULL DEFAULT 0;
