-- +goose Up
CREATE TABLE scan_ids (
  device_id TEXT NOT NULL,
  scan_id TEXT NOT NULL,
  passage_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, scan_id)
) WITHOUT ROWID;
