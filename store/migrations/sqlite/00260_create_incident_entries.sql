-- +goose Up
CREATE TABLE incident_entries (
  id TEXT NOT NULL,
  incident_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL DEFAULT '',
  subject_id TEXT NOT NULL DEFAULT '',
  seat TEXT NOT NULL DEFAULT '',
  level INTEGER NOT NULL DEFAULT 0,
  evidence TEXT NOT NULL DEFAULT '',
  ref TEXT NOT NULL DEFAULT '',
  ref_at INTEGER NOT NULL DEFAULT 0,
  text_ct BLOB NULL,
  PRIMARY KEY (id)
);
