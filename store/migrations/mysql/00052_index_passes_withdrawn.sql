-- +goose Up
CREATE INDEX passes_withdrawn ON `passes` (`community_id`, `withdrawn_at`);
