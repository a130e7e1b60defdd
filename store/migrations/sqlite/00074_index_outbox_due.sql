-- +goose Up
CREATE INDEX outbox_due ON outbox (recipient_id, state, next_at);
