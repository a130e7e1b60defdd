-- +goose Up
CREATE TABLE `wechat_accounts` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `app_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `openid_ix` BINARY(32) NOT NULL,
  `openid_ct` VARBINARY(1024) NULL,
  `unionid_ct` VARBINARY(1024) NULL,
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
