-- +goose Up
CREATE INDEX conflicts_community ON conflicts (community_id, id);
