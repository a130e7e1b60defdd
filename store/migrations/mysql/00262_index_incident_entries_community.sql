-- +goose Up
CREATE INDEX incident_entries_community ON `incident_entries` (`community_id`, `id`);
