-- +goose Up
CREATE INDEX dependants_person ON dependants (person_id);
