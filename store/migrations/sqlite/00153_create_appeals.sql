-- +goose Up
CREATE TABLE appeals (
  id TEXT NOT NULL,
  restriction_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  emergency_id TEXT NOT NULL DEFAULT '',
  person_id TEXT NOT NULL,
  text_ct BLOB NOT NULL,
  state TEXT NOT NULL,
  open INTEGER NULL,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  decided_at INTEGER NOT NULL DEFAULT 0,
  decided_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (id)
);
