-- +goose Up
CREATE INDEX access_log_at ON `access_log` (`at`);
