-- +goose Up
CREATE TABLE household_plates (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  household_id TEXT NOT NULL,
  plate_ct BLOB NOT NULL,
  plate_ix BLOB NOT NULL,
  import_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
