-- +goose Up
CREATE INDEX message_pushes_person ON `message_pushes` (`person_id`, `way`, `created_at`);
