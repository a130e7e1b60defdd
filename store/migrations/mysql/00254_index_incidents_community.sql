-- +goose Up
CREATE INDEX incidents_community ON `incidents` (`community_id`, `id`);
