-- +goose Up
CREATE INDEX outbox_occurred ON outbox (recipient_id, occurred_at);
