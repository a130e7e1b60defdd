-- +goose Up
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
