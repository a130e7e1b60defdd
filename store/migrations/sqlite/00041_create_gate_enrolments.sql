-- +goose Up
CREATE TABLE gate_enrolments (
  code_hash TEXT NOT NULL,
  community_id TEXT NOT NULL,
  gate_id TEXT NOT NULL,
  profile TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL DEFAULT 0,
  device_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (code_hash)
);
