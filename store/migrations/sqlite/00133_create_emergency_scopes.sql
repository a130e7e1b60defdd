-- +goose Up
CREATE TABLE emergency_scopes (
  emergency_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  active INTEGER NULL,
  PRIMARY KEY (emergency_id, community_id)
);
