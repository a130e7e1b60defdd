-- +goose Up
CREATE INDEX sessions_account ON `sessions` (`account_id`, `ended_at`);
