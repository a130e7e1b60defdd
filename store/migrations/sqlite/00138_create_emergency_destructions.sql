-- +goose Up
CREATE TABLE emergency_destructions (
  emergency_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  destroyed INTEGER NOT NULL,
  PRIMARY KEY (emergency_id, kind)
);
