-- +goose Up
CREATE INDEX residencies_community ON residencies (community_id, status, id);
