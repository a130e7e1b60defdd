-- +goose Up
CREATE INDEX scan_ids_received ON scan_ids (received_at);
