-- +goose Up
CREATE UNIQUE INDEX visits_token ON `visits` (`token_hash`);
