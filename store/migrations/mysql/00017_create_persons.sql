-- +goose Up
CREATE TABLE `persons` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name_ct` VARBINARY(1024) NULL,
  `name_ix` BINARY(32) NULL,
  `phone_ct` VARBINARY(1024) NULL,
  `phone_ix` BINARY(32) NULL,
  `id_last4_ct` VARBINARY(1024) NULL,
  `created_at` BIGINT NOT NULL,
  `closed_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
