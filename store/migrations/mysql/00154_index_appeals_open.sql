-- +goose Up
CREATE UNIQUE INDEX appeals_open ON `appeals` (`restriction_id`, `open`);
