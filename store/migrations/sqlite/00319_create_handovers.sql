-- +goose Up
CREATE TABLE handovers (
  id TEXT NOT NULL,
  community_id TEXT NOT NULL,
  gate_id TEXT NOT NULL,
  state TEXT NOT NULL,
  open_gate TEXT NULL,
  author_id TEXT NOT NULL,
  accepted_by TEXT NOT NULL DEFAULT '',
  since INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL DEFAULT 0,
  admitted INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  referred INTEGER NOT NULL DEFAULT 0,
  by_hand INTEGER NOT NULL DEFAULT 0,
  visits_expected INTEGER NOT NULL DEFAULT 0,
  visits_overstayed INTEGER NOT NULL DEFAULT 0,
  incidents_open INTEGER NOT NULL DEFAULT 0,
  unsent INTEGER NOT NULL DEFAULT 0,
  note_ct BLOB NULL,
  PRIMARY KEY (id)
);
