-- +goose Up
CREATE INDEX device_commands_community ON `device_commands` (`community_id`, `id`);
