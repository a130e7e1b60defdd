-- +goose Up
CREATE INDEX restrictions_community ON `restrictions` (`community_id`, `id`);
