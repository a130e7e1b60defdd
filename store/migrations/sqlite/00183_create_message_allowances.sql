-- +goose Up
CREATE TABLE message_allowances (
  person_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  allowance INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (person_id, template_id)
);
