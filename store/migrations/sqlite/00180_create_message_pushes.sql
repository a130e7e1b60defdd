-- +goose Up
CREATE TABLE message_pushes (
  message_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  way TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  code TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  leased_until INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (message_id)
);
