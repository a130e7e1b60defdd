-- +goose Up
CREATE INDEX health_reports_emergency ON `health_reports` (`emergency_id`, `person_id`, `root_id`);
