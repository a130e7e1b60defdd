-- +goose Up
CREATE INDEX device_commands_expires ON `device_commands` (`expires_at`);
