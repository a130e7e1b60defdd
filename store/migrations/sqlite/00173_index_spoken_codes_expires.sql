-- +goose Up
CREATE INDEX spoken_codes_expires ON spoken_codes (expires_at);
