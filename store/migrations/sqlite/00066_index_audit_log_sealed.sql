-- +goose Up
CREATE INDEX audit_log_sealed ON audit_log (sealed, id);
