-- +goose Up
CREATE INDEX emergencies_state ON emergencies (state, ends_at);
