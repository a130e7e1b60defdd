-- +goose Up
CREATE INDEX restrictions_emergency ON `restrictions` (`emergency_id`, `id`);
