-- +goose Up
CREATE TABLE dependants (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  household_id TEXT NOT NULL,
  carer_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  relation TEXT NOT NULL,
  active INTEGER NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
