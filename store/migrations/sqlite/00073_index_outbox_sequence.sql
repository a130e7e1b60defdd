-- +goose Up
CREATE UNIQUE INDEX outbox_sequence ON outbox (recipient_id, sequence);
