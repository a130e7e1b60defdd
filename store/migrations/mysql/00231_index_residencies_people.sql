-- +goose Up
CREATE INDEX residencies_people ON `residencies` (`community_id`, `status`, `person_id`);
