-- +goose Up
CREATE INDEX residency_names_residency ON `residency_names` (`residency_id`);
