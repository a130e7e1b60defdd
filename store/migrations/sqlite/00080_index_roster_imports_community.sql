-- +goose Up
CREATE INDEX roster_imports_community ON roster_imports (community_id, id);
