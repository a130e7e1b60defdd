-- +goose Up
CREATE TABLE emergency_renewals (
  id TEXT NOT NULL,
  emergency_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  ends_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  impact_assessment TEXT NOT NULL,
  state TEXT NOT NULL,
  open INTEGER NULL,
  author_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  decided_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
