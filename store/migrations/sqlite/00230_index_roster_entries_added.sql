-- +goose Up
CREATE INDEX roster_entries_added ON roster_entries (added_by, id);
