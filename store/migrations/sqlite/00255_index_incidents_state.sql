-- +goose Up
CREATE INDEX incidents_state ON incidents (community_id, state, id);
