-- +goose Up
CREATE TABLE devices (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  gate_id TEXT NOT NULL,
  name TEXT NOT NULL,
  profile TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  public_key BLOB NULL,
  state TEXT NOT NULL,
  enrolled_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL DEFAULT 0,
  last_seen_at INTEGER NOT NULL DEFAULT 0,
  clock_offset_ms INTEGER NOT NULL DEFAULT 0,
  clock_known INTEGER NOT NULL DEFAULT 0,
  software TEXT NOT NULL DEFAULT '',
  bundle_version TEXT NOT NULL DEFAULT '',
  queue_length INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
