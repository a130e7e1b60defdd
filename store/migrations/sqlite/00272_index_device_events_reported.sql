-- +goose Up
CREATE INDEX device_events_reported ON device_events (community_id, kind, reported_at, id);
