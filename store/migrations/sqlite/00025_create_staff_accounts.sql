-- +goose Up
CREATE TABLE staff_accounts (
  id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  username TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  totp_ct BLOB NULL,
  totp_step INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_sign_in_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
