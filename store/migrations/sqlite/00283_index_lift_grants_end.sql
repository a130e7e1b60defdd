-- +goose Up
CREATE INDEX lift_grants_end ON lift_grants (valid_until);
