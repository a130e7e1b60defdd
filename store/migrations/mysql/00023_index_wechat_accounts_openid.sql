-- +goose Up
CREATE UNIQUE INDEX wechat_accounts_openid ON `wechat_accounts` (`app_id`, `openid_ix`);
