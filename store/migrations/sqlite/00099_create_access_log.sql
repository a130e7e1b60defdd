-- +goose Up
CREATE TABLE access_log (
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  person_id TEXT NOT NULL,
  community_id TEXT NOT NULL DEFAULT '',
  reader_id TEXT NOT NULL,
  reader_role TEXT NOT NULL,
  what TEXT NOT NULL,
  purpose TEXT NOT NULL DEFAULT '',
  ticket TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (id)
);
