-- +goose Up
CREATE INDEX residencies_indexed ON `residencies` (`indexed`, `id`);
