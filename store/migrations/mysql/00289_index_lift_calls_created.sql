-- +goose Up
CREATE INDEX lift_calls_created ON `lift_calls` (`created_at`);
