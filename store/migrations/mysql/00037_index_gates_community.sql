-- +goose Up
CREATE INDEX gates_community ON `gates` (`community_id`, `id`);
