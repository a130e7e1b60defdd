-- +goose Up
CREATE INDEX device_commands_state ON device_commands (state, device_id, id);
