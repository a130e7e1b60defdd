-- +goose Up
CREATE TABLE conflicts (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  window_no INTEGER NOT NULL,
  pass_number INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  perimeter TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
