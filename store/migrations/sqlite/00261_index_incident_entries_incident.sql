-- +goose Up
CREATE INDEX incident_entries_incident ON incident_entries (incident_id, id);
