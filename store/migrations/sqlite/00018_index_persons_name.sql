-- +goose Up
CREATE INDEX persons_name ON persons (name_ix);
