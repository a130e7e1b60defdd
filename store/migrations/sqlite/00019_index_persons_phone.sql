-- +goose Up
CREATE INDEX persons_phone ON persons (phone_ix);
