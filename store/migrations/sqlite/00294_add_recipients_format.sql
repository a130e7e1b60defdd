-- +goose Up
ALTER TABLE `recipients` ADD COLUMN `format` TEXT NOT NULL DEFAULT 'cloudevents';
