-- +goose Up
CREATE INDEX lift_groups_community ON `lift_groups` (`community_id`, `id`);
