-- +goose Up
CREATE TABLE lift_grants (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  floor TEXT NOT NULL,
  author_id TEXT NOT NULL,
  household_id TEXT NOT NULL,
  to_household_id TEXT NOT NULL DEFAULT '',
  visit_id TEXT NOT NULL DEFAULT '',
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  ended_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
