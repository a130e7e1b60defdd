-- +goose Up
CREATE TABLE health_reports (
  id TEXT NOT NULL,
  emergency_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  root_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  author_id TEXT NOT NULL,
  body_ct BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
