-- +goose Up
CREATE INDEX data_exports_person ON data_exports (person_id, at);
