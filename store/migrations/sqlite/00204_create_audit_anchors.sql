-- +goose Up
CREATE TABLE audit_anchors (
  day TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  entries INTEGER NOT NULL,
  batches INTEGER NOT NULL,
  passages INTEGER NOT NULL,
  previous_seq INTEGER NOT NULL,
  previous_hash BLOB NOT NULL,
  at INTEGER NOT NULL,
  key_number INTEGER NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (day)
);
