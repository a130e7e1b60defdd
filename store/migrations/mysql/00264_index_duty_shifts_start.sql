-- +goose Up
CREATE UNIQUE INDEX duty_shifts_start ON `duty_shifts` (`community_id`, `post`, `starts_at`);
