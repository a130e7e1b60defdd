-- +goose Up
CREATE TABLE health_standings (
  emergency_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  facts_ct BLOB NULL,
  due_at INTEGER NOT NULL,
  reminded_at INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (emergency_id, person_id)
);
