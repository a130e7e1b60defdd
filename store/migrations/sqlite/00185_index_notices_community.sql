-- +goose Up
CREATE INDEX notices_community ON notices (community_id, id);
