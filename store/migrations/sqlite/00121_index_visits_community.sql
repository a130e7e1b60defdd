-- +goose Up
CREATE INDEX visits_community ON visits (community_id, state, id);
