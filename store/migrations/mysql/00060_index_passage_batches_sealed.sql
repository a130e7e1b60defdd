-- +goose Up
CREATE INDEX passage_batches_sealed ON `passage_batches` (`sealed`, `id`);
