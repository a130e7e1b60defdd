-- +goose Up
CREATE INDEX household_plates_import ON `household_plates` (`import_id`);
