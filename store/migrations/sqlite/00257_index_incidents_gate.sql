-- +goose Up
CREATE INDEX incidents_gate ON incidents (gate_id, last_at);
