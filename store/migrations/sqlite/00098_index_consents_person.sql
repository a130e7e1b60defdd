-- +goose Up
CREATE INDEX consents_person ON consents (person_id, purpose);
