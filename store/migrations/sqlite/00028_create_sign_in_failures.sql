-- +goose Up
CREATE TABLE sign_in_failures (
  id TEXT NOT NULL,
  bucket TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
