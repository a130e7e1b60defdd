-- +goose Up
CREATE INDEX emergencies_community ON `emergencies` (`community_id`, `id`);
