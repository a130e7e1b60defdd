-- +goose Up
CREATE TABLE passage_batches (
  id TEXT NOT NULL,
  last_id TEXT NOT NULL,
  rows_count INTEGER NOT NULL,
  digest BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  sealed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
