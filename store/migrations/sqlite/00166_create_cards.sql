-- +goose Up
CREATE TABLE cards (
  pass_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  residency_id TEXT NOT NULL,
  slot INTEGER NULL,
  last_day INTEGER NOT NULL,
  key_number INTEGER NOT NULL,
  code_ct BLOB NOT NULL,
  issued_by TEXT NOT NULL,
  replaces_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  PRIMARY KEY (pass_id)
);
