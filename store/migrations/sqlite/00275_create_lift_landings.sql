-- +goose Up
CREATE TABLE lift_landings (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  floor TEXT NOT NULL,
  side TEXT NOT NULL DEFAULT '',
  is_open INTEGER NOT NULL,
  rooms TEXT NOT NULL,
  native TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL,
  PRIMARY KEY (id)
);
