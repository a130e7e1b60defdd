-- +goose Up
CREATE INDEX cards_person ON `cards` (`person_id`, `pass_id`);
