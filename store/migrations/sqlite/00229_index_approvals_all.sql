-- +goose Up
CREATE INDEX approvals_all ON approvals (community_id, id);
