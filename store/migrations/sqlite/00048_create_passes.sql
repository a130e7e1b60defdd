-- +goose Up
CREATE TABLE passes (
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  community_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  residency_id TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL,
  access_group INTEGER NOT NULL,
  building TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
