-- +goose Up
CREATE INDEX notices_untold ON `notices` (`told`, `publish_at`);
