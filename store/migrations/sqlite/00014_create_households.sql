-- +goose Up
CREATE TABLE households (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  building TEXT NOT NULL,
  unit TEXT NOT NULL,
  room TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
