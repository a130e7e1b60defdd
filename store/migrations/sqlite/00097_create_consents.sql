-- +goose Up
CREATE TABLE consents (
  id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  text_version TEXT NOT NULL,
  text_hash BLOB NOT NULL,
  channel TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
