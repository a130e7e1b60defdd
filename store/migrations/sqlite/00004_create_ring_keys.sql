-- +goose Up
CREATE TABLE ring_keys (
  id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  community_id TEXT NOT NULL DEFAULT '',
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  public BLOB NULL,
  created_at INTEGER NOT NULL,
  activated_at INTEGER NOT NULL DEFAULT 0,
  retiring_at INTEGER NOT NULL DEFAULT 0,
  retired_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
