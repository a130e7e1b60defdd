-- +goose Up
CREATE TABLE visit_delegates (
  person_id TEXT NOT NULL,
  household_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  delegate_id TEXT NOT NULL,
  until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (person_id, household_id)
);
