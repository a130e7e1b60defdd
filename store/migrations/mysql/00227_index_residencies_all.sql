-- +goose Up
CREATE INDEX residencies_all ON `residencies` (`community_id`, `id`);
