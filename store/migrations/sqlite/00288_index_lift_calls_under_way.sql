-- +goose Up
CREATE INDEX lift_calls_under_way ON lift_calls (is_live, created_at);
