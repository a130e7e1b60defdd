-- +goose Up
CREATE INDEX visits_address ON `visits` (`address_ix`, `state`);
