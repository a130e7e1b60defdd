-- +goose Up
CREATE INDEX messages_person ON `messages` (`person_id`, `id`);
