-- +goose Up
CREATE UNIQUE INDEX `device_commands_task` ON `device_commands` (`created_by`, `task_id`);
