-- +goose Up
CREATE INDEX approvals_person ON approvals (person_id, state);
