-- +goose Up
CREATE INDEX sharing_ledger_recipient ON `sharing_ledger` (`recipient_id`, `id`);
