-- +goose Up
CREATE UNIQUE INDEX dependants_active ON dependants (carer_id, person_id, active);
