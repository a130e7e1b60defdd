-- +goose Up
CREATE TABLE approvals (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  answerer TEXT NOT NULL,
  person_id TEXT NOT NULL DEFAULT '',
  author_id TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
