-- +goose Up
CREATE UNIQUE INDEX emergency_renewals_open ON emergency_renewals (emergency_id, open);
