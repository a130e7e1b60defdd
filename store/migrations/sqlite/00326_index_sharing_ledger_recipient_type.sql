-- +goose Up
CREATE INDEX sharing_ledger_recipient_type ON sharing_ledger (recipient_id, event_type, id);
