-- +goose Up
CREATE TABLE notice_audiences (
  notice_id TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (notice_id, value)
);
