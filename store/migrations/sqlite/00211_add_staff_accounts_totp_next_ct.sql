-- +goose Up
ALTER TABLE staff_accounts ADD COLUMN totp_next_ct BLOB NULL;
