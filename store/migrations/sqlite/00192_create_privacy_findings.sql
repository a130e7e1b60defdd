-- +goose Up
CREATE TABLE privacy_findings (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  reader_id TEXT NOT NULL,
  community_id TEXT NOT NULL DEFAULT '',
  day INTEGER NOT NULL,
  at INTEGER NOT NULL,
  looks INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',
  closed_by TEXT NOT NULL DEFAULT '',
  closed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
