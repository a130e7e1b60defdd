-- +goose Up
CREATE TABLE sharing_ledger (
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  community_id TEXT NOT NULL,
  recipient_id TEXT NOT NULL,
  recipient_kind TEXT NOT NULL,
  recipient_name TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  subject TEXT NOT NULL,
  person_id TEXT NOT NULL DEFAULT '',
  fields TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  agreement TEXT NOT NULL,
  sm3 TEXT NOT NULL,
  PRIMARY KEY (id)
);
