-- +goose Up
CREATE TABLE lift_rights (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  visit_id TEXT NOT NULL DEFAULT '',
  passage_id TEXT NOT NULL,
  cabin TEXT NOT NULL,
  floors TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  answered_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
