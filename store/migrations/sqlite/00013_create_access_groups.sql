-- +goose Up
CREATE TABLE access_groups (
  community_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (community_id, number)
);
