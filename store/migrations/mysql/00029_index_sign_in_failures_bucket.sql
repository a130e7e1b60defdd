-- +goose Up
CREATE INDEX sign_in_failures_bucket ON `sign_in_failures` (`bucket`, `at`);
