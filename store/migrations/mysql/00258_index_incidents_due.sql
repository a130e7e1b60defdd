-- +goose Up
CREATE INDEX incidents_due ON `incidents` (`due_at`, `id`);
