-- +goose Up
CREATE INDEX visits_state ON visits (state, ends_at);
