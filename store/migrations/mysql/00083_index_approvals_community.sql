-- +goose Up
CREATE INDEX approvals_community ON `approvals` (`community_id`, `state`, `id`);
