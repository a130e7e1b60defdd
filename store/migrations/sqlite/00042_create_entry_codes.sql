-- +goose Up
CREATE TABLE entry_codes (
  code TEXT NOT NULL,
  community_id TEXT NOT NULL,
  gate_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (code)
);
