-- +goose Up
CREATE INDEX sessions_ended ON `sessions` (`ended_at`);
