-- +goose Up
CREATE UNIQUE INDEX device_events_key ON `device_events` (`device_id`, `event_key`);
