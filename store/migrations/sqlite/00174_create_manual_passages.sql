-- +goose Up
CREATE TABLE manual_passages (
  passage_id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  overridden TEXT NOT NULL DEFAULT '',
  note_ct BLOB NULL,
  PRIMARY KEY (passage_id)
);
