-- +goose Up
CREATE INDEX message_pushes_due ON message_pushes (state, next_at);
