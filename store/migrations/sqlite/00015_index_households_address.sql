-- +goose Up
CREATE UNIQUE INDEX households_address ON households (community_id, building, unit, room);
