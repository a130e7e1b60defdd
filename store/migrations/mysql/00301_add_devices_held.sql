-- +goose Up
ALTER TABLE `devices` ADD COLUMN `held` TEXT;
