-- +goose Up
CREATE INDEX wechat_accounts_person ON wechat_accounts (person_id);
