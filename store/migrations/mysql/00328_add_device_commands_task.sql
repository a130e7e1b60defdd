-- +goose Up
ALTER TABLE `device_commands` ADD COLUMN `task_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;
