-- +goose Up
CREATE INDEX data_exports_at ON `data_exports` (`at`);
