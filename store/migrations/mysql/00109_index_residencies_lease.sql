-- +goose Up
CREATE INDEX residencies_lease ON `residencies` (`status`, `lease_until`);
