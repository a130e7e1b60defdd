-- +goose Up
CREATE INDEX devices_community ON devices (community_id, id);
