-- +goose Up
CREATE UNIQUE INDEX visits_invite ON `visits` (`invite_hash`);
