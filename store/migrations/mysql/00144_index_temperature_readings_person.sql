-- +goose Up
CREATE INDEX temperature_readings_person ON `temperature_readings` (`emergency_id`, `person_id`, `id`);
