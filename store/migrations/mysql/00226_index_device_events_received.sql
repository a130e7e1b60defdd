-- +goose Up
CREATE INDEX device_events_received ON `device_events` (`received_at`);
