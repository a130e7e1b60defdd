-- +goose Up
CREATE TABLE audit_chain (
  seq INTEGER NOT NULL,
  entry_kind TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  digest BLOB NOT NULL,
  hash BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (seq)
);
