-- +goose Up
ALTER TABLE `devices` ADD COLUMN `announcing` TEXT;
