-- +goose Up
CREATE TABLE lift_groups (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  name TEXT NOT NULL,
  building TEXT NOT NULL,
  unit TEXT NOT NULL DEFAULT '',
  protocol TEXT NOT NULL,
  address TEXT NOT NULL,
  native TEXT NOT NULL,
  secret_ct BLOB NULL,
  device_id TEXT NOT NULL DEFAULT '',
  gates TEXT NOT NULL,
  state TEXT NOT NULL,
  mode TEXT NOT NULL,
  mode_at INTEGER NOT NULL DEFAULT 0,
  heard_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
