-- +goose Up
CREATE UNIQUE INDEX staff_accounts_username ON staff_accounts (username);
