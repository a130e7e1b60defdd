-- +goose Up
CREATE INDEX lift_grants_household ON `lift_grants` (`household_id`, `id`);
