-- +goose Up
CREATE TABLE rule_rehearsals (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  rules TEXT NOT NULL,
  days INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  result TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
