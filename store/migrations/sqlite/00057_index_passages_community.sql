-- +goose Up
CREATE INDEX passages_community ON passages (community_id, id);
