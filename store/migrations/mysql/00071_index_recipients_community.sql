-- +goose Up
CREATE INDEX recipients_community ON `recipients` (`community_id`, `id`);
