-- +goose Up
CREATE UNIQUE INDEX device_commands_number ON `device_commands` (`device_id`, `number`);
