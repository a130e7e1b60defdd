-- +goose Up
CREATE TABLE device_events (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  gate_id TEXT NOT NULL,
  event_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  live INTEGER NOT NULL,
  device_at INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL,
  direction TEXT NOT NULL DEFAULT '',
  native TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL,
  plate_ct BLOB NULL,
  passage_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (id)
);
