-- +goose Up
CREATE INDEX messages_unread ON `messages` (`person_id`, `read_at`);
