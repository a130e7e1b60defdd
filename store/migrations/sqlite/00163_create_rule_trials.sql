-- +goose Up
CREATE TABLE rule_trials (
  proposal_id TEXT NOT NULL,
  phase TEXT NOT NULL,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (proposal_id, phase, what, reason)
);
