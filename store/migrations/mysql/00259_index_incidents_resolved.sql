-- +goose Up
CREATE INDEX incidents_resolved ON `incidents` (`resolved_at`);
