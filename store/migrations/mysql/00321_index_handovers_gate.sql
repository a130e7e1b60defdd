-- +goose Up
CREATE INDEX handovers_gate ON `handovers` (`gate_id`, `id`);
