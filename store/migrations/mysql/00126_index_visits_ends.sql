-- +goose Up
CREATE INDEX visits_ends ON `visits` (`ends_at`);
