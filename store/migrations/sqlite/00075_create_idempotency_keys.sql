-- +goose Up
CREATE TABLE idempotency_keys (
  caller TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  state TEXT NOT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  answer_ct BLOB NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (caller, key_hash)
);
