-- +goose Up
CREATE TABLE notices (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  title_zh TEXT NOT NULL,
  title_en TEXT NOT NULL DEFAULT '',
  body_zh TEXT NOT NULL,
  body_en TEXT NOT NULL,
  audience TEXT NOT NULL,
  urgent INTEGER NOT NULL DEFAULT 0,
  pinned INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  publish_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0,
  told INTEGER NOT NULL DEFAULT 0,
  told_after TEXT NOT NULL DEFAULT '',
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
