-- +goose Up
CREATE INDEX roster_entries_import ON roster_entries (community_id, import_id);
