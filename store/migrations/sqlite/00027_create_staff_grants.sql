-- +goose Up
CREATE TABLE staff_grants (
  staff_id TEXT NOT NULL,
  role TEXT NOT NULL,
  scope_kind TEXT NOT NULL,
  scope_id TEXT NOT NULL DEFAULT '',
  granted_by TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (staff_id, role, scope_kind, scope_id)
);
