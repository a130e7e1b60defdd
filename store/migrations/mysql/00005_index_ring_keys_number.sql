-- +goose Up
CREATE UNIQUE INDEX ring_keys_number ON `ring_keys` (`purpose`, `community_id`, `number`);
