-- +goose Up
CREATE INDEX passes_person ON passes (person_id);
