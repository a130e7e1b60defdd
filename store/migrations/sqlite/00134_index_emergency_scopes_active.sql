-- +goose Up
CREATE UNIQUE INDEX emergency_scopes_active ON emergency_scopes (community_id, active);
