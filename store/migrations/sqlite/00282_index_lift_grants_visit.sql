-- +goose Up
CREATE INDEX lift_grants_visit ON lift_grants (visit_id);
