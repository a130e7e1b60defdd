-- +goose Up
CREATE TABLE audit_log (
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  community_id TEXT NOT NULL DEFAULT '',
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  action TEXT NOT NULL,
  target_kind TEXT NOT NULL,
  target_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  sealed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
