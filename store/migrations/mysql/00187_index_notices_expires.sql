-- +goose Up
CREATE INDEX notices_expires ON `notices` (`expires_at`);
