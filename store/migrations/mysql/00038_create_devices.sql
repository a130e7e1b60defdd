-- +goose Up
CREATE TABLE `devices` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `gate_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` VARCHAR(255) NOT NULL,
  `profile` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `token_hash` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `public_key` VARBINARY(1024) NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `enrolled_at` BIGINT NOT NULL,
  `revoked_at` BIGINT NOT NULL DEFAULT 0,
  `last_seen_at` BIGINT NOT NULL DEFAULT 0,
  `clock_offset_ms` BIGINT NOT NULL DEFAULT 0,
  `clock_known` INT NOT NULL DEFAULT 0,
  `software` VARCHAR(255) NOT NULL DEFAULT '',
  `bundle_version` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `queue_length` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
