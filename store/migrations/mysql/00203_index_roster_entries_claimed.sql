-- +goose Up
CREATE INDEX roster_entries_claimed ON `roster_entries` (`claimed_by`);
