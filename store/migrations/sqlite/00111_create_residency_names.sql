-- +goose Up
CREATE TABLE residency_names (
  community_id TEXT NOT NULL,
  ix BLOB NOT NULL,
  residency_id TEXT NOT NULL,
  PRIMARY KEY (community_id, ix, residency_id)
);
