-- +goose Up
CREATE INDEX device_events_community ON device_events (community_id, id);
