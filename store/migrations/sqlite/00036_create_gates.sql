-- +goose Up
CREATE TABLE gates (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  direction TEXT NOT NULL,
  perimeter TEXT NOT NULL,
  fallback TEXT NOT NULL,
  passback TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
