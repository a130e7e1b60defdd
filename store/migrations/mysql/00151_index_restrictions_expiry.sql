-- +goose Up
CREATE INDEX restrictions_expiry ON `restrictions` (`state`, `expires_at`);
