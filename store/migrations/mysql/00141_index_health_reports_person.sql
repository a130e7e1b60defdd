-- +goose Up
CREATE INDEX health_reports_person ON `health_reports` (`person_id`, `root_id`);
