-- +goose Up
CREATE TABLE quota_slots (
  day INTEGER NOT NULL,
  pass_number INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  perimeter TEXT NOT NULL,
  slot INTEGER NOT NULL,
  passage_id TEXT NOT NULL,
  PRIMARY KEY (day, pass_number, direction, perimeter, slot)
);
