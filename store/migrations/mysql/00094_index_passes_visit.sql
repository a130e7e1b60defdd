-- +goose Up
CREATE INDEX passes_visit ON `passes` (`visit_id`);
