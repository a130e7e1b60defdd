-- +goose Up
CREATE INDEX audit_log_community ON audit_log (community_id, id);
