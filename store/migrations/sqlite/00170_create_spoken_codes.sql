-- +goose Up
CREATE TABLE spoken_codes (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  perimeter TEXT NOT NULL,
  code_ix BLOB NOT NULL,
  pass_id TEXT NOT NULL,
  pass_number INTEGER NOT NULL,
  live INTEGER NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
