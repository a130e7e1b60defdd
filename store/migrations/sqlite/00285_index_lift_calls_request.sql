-- +goose Up
CREATE UNIQUE INDEX lift_calls_request ON lift_calls (person_id, request_id);
