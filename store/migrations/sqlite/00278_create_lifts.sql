-- +goose Up
CREATE TABLE lifts (
  group_id TEXT NOT NULL,
  name TEXT NOT NULL,
  floor TEXT NOT NULL DEFAULT '',
  direction TEXT NOT NULL DEFAULT '',
  door TEXT NOT NULL DEFAULT '',
  mode TEXT NOT NULL DEFAULT '',
  heard_at INTEGER NOT NULL,
  PRIMARY KEY (group_id, name)
);
