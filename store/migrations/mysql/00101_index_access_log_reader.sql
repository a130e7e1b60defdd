-- +goose Up
CREATE INDEX access_log_reader ON `access_log` (`reader_id`, `at`);
