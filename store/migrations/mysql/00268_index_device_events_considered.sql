-- +goose Up
CREATE INDEX device_events_considered ON `device_events` (`considered`, `id`);
