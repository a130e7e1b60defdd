-- +goose Up
ALTER TABLE `devices` ADD COLUMN `conflicts` BIGINT NOT NULL DEFAULT 0;
