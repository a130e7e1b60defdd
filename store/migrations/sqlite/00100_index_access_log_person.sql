-- +goose Up
CREATE INDEX access_log_person ON access_log (person_id, id);
