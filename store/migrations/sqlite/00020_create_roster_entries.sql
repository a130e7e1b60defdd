-- +goose Up
CREATE TABLE roster_entries (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  household_id TEXT NOT NULL,
  name_ct BLOB NULL,
  name_ix BLOB NULL,
  phone_ct BLOB NULL,
  phone_ix BLOB NULL,
  id_last4_ct BLOB NULL,
  id_last4_ix BLOB NULL,
  relation TEXT NOT NULL,
  claimed_by TEXT NOT NULL DEFAULT '',
  claimed_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
