-- +goose Up
CREATE INDEX passes_strip_moved ON passes (community_id, strip_moved_at);
