-- +goose Up
CREATE INDEX restrictions_subject ON `restrictions` (`subject_id`, `state`);
