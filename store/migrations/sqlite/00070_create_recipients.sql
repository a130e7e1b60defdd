-- +goose Up
CREATE TABLE recipients (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL,
  wants_sm2 INTEGER NOT NULL,
  secret_ct BLOB NOT NULL,
  previous_secret_ct BLOB NULL,
  previous_until INTEGER NOT NULL DEFAULT 0,
  event_types TEXT NOT NULL,
  field_policy TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  agreement TEXT NOT NULL,
  sequence INTEGER NOT NULL DEFAULT 0,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
