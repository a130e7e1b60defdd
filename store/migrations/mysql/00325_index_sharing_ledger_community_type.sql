-- +goose Up
CREATE INDEX sharing_ledger_community_type ON sharing_ledger (community_id, event_type, id);
