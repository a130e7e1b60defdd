-- +goose Up
CREATE TABLE data_exports (
  id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  format TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
