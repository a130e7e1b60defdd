-- +goose Up
CREATE INDEX residencies_person ON `residencies` (`person_id`);
