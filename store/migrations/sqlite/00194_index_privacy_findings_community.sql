-- +goose Up
CREATE INDEX privacy_findings_community ON privacy_findings (community_id, id);
