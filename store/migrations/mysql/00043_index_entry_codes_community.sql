-- +goose Up
CREATE INDEX entry_codes_community ON `entry_codes` (`community_id`, `code`);
