-- +goose Up
CREATE INDEX appeals_due ON appeals (state, due_at);
