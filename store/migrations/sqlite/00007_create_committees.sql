-- +goose Up
CREATE TABLE committees (
  id TEXT NOT NULL,
  street_id TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
