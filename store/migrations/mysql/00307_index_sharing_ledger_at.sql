-- +goose Up
CREATE INDEX sharing_ledger_at ON `sharing_ledger` (`at`);
