-- +goose Up
CREATE TABLE passage_days (
  community_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (community_id, day)
);
