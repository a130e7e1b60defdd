-- +goose Up
CREATE INDEX visits_all ON `visits` (`community_id`, `id`);
