-- +goose Up
CREATE INDEX emergency_scopes_community ON emergency_scopes (community_id, emergency_id);
