-- +goose Up
CREATE INDEX passages_pass ON passages (pass_number, id);
