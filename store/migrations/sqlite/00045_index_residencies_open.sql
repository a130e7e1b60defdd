-- +goose Up
CREATE UNIQUE INDEX residencies_open ON residencies (household_id, person_id, open);
