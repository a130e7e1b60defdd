-- +goose Up
CREATE TABLE communities (
  id TEXT NOT NULL,
  committee_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  mode TEXT NOT NULL,
  rule_version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
