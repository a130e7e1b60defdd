-- +goose Up
CREATE TABLE persons (
  id TEXT NOT NULL,
  name_ct BLOB NULL,
  name_ix BLOB NULL,
  phone_ct BLOB NULL,
  phone_ix BLOB NULL,
  id_last4_ct BLOB NULL,
  created_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
