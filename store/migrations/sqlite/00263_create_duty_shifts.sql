-- +goose Up
CREATE TABLE duty_shifts (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  post TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
