-- +goose Up
CREATE UNIQUE INDEX audit_chain_entry ON audit_chain (entry_kind, entry_id);
