-- +goose Up
CREATE UNIQUE INDEX access_groups_digest ON access_groups (community_id, digest);
