-- +goose Up
CREATE TABLE rule_proposals (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  phase TEXT NOT NULL,
  open INTEGER NULL,
  rules TEXT NOT NULL,
  base_version INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 0,
  restored_version INTEGER NOT NULL DEFAULT 0,
  rehearsal_id TEXT NOT NULL DEFAULT '',
  effective_at INTEGER NOT NULL DEFAULT 0,
  watch_hours INTEGER NOT NULL,
  threshold_percent INTEGER NOT NULL,
  least_passages INTEGER NOT NULL,
  watch_until INTEGER NOT NULL DEFAULT 0,
  author_id TEXT NOT NULL,
  author_person_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  phase_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
