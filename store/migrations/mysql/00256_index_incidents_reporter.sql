-- +goose Up
CREATE INDEX incidents_reporter ON `incidents` (`reporter_id`, `id`);
