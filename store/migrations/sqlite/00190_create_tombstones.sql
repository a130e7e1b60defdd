-- +goose Up
CREATE TABLE tombstones (
  subject_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (subject_id)
);
