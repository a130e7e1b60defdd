-- +goose Up
CREATE TABLE wechat_accounts (
  id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  openid_ix BLOB NOT NULL,
  openid_ct BLOB NULL,
  unionid_ct BLOB NULL,
  person_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
);
