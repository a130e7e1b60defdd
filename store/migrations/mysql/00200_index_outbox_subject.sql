-- +goose Up
CREATE INDEX outbox_subject ON `outbox` (`subject`);
