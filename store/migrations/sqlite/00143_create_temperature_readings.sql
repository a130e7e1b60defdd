-- +goose Up
CREATE TABLE temperature_readings (
  id TEXT NOT NULL,
  emergency_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  value_ct BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
