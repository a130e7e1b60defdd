-- +goose Up
CREATE INDEX cards_community ON `cards` (`community_id`, `pass_id`);
