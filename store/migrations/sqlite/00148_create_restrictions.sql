-- +goose Up
CREATE TABLE restrictions (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  emergency_id TEXT NOT NULL DEFAULT '',
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  details_ct BLOB NOT NULL,
  state TEXT NOT NULL,
  author_id TEXT NOT NULL,
  approval_id TEXT NOT NULL,
  approver_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  approved_at INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER NOT NULL,
  lifts_at INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER NOT NULL DEFAULT 0,
  ended_by TEXT NOT NULL DEFAULT '',
  end_reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (id)
);
