-- +goose Up
ALTER TABLE staff_accounts ADD COLUMN admin_role TEXT NOT NULL DEFAULT '';
