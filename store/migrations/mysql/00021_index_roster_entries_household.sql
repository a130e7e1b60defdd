-- +goose Up
CREATE INDEX roster_entries_household ON `roster_entries` (`community_id`, `household_id`);
