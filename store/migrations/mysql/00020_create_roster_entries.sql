-- +goose Up
CREATE TABLE `roster_entries` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `household_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name_ct` VARBINARY(1024) NULL,
  `name_ix` BINARY(32) NULL,
  `phone_ct` VARBINARY(1024) NULL,
  `phone_ix` BINARY(32) NULL,
  `id_last4_ct` VARBINARY(1024) NULL,
  `id_last4_ix` BINARY(32) NULL,
  `relation` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `claimed_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `claimed_at` BIGINT NOT NULL DEFAULT 0,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
