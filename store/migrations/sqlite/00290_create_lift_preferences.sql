-- +goose Up
CREATE TABLE lift_preferences (
  person_id TEXT NOT NULL,
  household_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (person_id, household_id)
);
