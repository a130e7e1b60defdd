-- +goose Up
CREATE UNIQUE INDEX lift_calls_passage ON `lift_calls` (`passage_id`);
