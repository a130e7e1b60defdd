-- +goose Up
CREATE INDEX visits_household ON visits (household_id, id);
