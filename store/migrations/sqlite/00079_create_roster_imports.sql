-- +goose Up
CREATE TABLE roster_imports (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  dry_run INTEGER NOT NULL,
  partial INTEGER NOT NULL,
  state TEXT NOT NULL,
  rows_count INTEGER NOT NULL,
  households_new INTEGER NOT NULL,
  people_new INTEGER NOT NULL,
  people_changed INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  unknown_columns TEXT NOT NULL,
  errors TEXT NOT NULL,
  PRIMARY KEY (id)
);
