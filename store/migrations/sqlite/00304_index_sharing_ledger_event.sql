-- +goose Up
CREATE UNIQUE INDEX sharing_ledger_event ON sharing_ledger (event_id, sm3);
