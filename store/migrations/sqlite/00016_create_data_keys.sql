-- +goose Up
CREATE TABLE data_keys (
  subject_id TEXT NOT NULL,
  wrapped BLOB NULL,
  created_at INTEGER NOT NULL,
  destroyed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (subject_id)
);
