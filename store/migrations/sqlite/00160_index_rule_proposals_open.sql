-- +goose Up
CREATE UNIQUE INDEX rule_proposals_open ON rule_proposals (community_id, open);
