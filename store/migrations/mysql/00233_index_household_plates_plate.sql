-- +goose Up
CREATE UNIQUE INDEX household_plates_plate ON `household_plates` (`community_id`, `plate_ix`);
