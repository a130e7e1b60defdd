-- +goose Up
CREATE INDEX approvals_due ON `approvals` (`state`, `due_at`);
