-- +goose Up
CREATE TABLE messages (
  id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  community_id TEXT NOT NULL DEFAULT '',
  template TEXT NOT NULL,
  subject_kind TEXT NOT NULL DEFAULT '',
  subject_id TEXT NOT NULL DEFAULT '',
  params_ct BLOB NULL,
  urgent INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  read_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
