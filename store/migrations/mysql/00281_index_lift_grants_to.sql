-- +goose Up
CREATE INDEX lift_grants_to ON `lift_grants` (`to_household_id`, `valid_until`);
