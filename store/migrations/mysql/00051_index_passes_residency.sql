-- +goose Up
CREATE INDEX passes_residency ON `passes` (`residency_id`);
