-- +goose Up
CREATE TABLE outbox (
  id TEXT NOT NULL,
  recipient_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  community_id TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL DEFAULT 0,
  leased_by TEXT NOT NULL DEFAULT '',
  leased_until INTEGER NOT NULL DEFAULT 0,
  delivered_at INTEGER NOT NULL DEFAULT 0,
  last_status INTEGER NOT NULL DEFAULT 0,
  last_detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (id)
);
