-- +goose Up
ALTER TABLE staff_grants ADD COLUMN mac BLOB NULL;
