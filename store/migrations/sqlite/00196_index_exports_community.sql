-- +goose Up
CREATE INDEX exports_community ON exports (community_id, id);
