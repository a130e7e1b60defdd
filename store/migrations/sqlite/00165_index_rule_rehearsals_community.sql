-- +goose Up
CREATE INDEX rule_rehearsals_community ON rule_rehearsals (community_id, id);
