-- +goose Up
CREATE INDEX roster_entries_phone ON `roster_entries` (`phone_ix`);
