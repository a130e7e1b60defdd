-- +goose Up
CREATE INDEX appeals_emergency ON `appeals` (`emergency_id`, `id`);
