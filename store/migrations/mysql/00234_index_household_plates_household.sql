-- +goose Up
CREATE INDEX household_plates_household ON `household_plates` (`household_id`);
