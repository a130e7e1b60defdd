-- +goose Up
CREATE TABLE uses (
  window_no INTEGER NOT NULL,
  pass_number INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  perimeter TEXT NOT NULL,
  passage_id TEXT NOT NULL,
  PRIMARY KEY (window_no, pass_number, direction, perimeter)
) WITHOUT ROWID;
