-- +goose Up
CREATE INDEX sharing_ledger_person ON `sharing_ledger` (`person_id`, `id`);
