-- +goose Up
CREATE TABLE staff_passwords (
  id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  replaced_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
