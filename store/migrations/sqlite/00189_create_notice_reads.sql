-- +goose Up
CREATE TABLE notice_reads (
  notice_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  read_at INTEGER NOT NULL,
  PRIMARY KEY (notice_id, person_id)
);
