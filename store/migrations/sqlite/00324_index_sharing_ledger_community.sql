-- +goose Up
CREATE INDEX sharing_ledger_community ON sharing_ledger (community_id, id);
