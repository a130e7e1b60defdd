-- +goose Up
CREATE UNIQUE INDEX lift_calls_live ON lift_calls (person_id, is_live);
