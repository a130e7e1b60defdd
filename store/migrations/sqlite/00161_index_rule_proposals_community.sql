-- +goose Up
CREATE INDEX rule_proposals_community ON rule_proposals (community_id, id);
