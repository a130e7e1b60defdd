-- +goose Up
CREATE INDEX communities_committee ON communities (committee_id);
