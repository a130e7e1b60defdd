-- +goose Up
CREATE TABLE conflict_admissions (
  conflict_id TEXT NOT NULL,
  passage_id TEXT NOT NULL,
  PRIMARY KEY (conflict_id, passage_id)
) WITHOUT ROWID;
