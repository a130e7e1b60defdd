-- +goose Up
CREATE TABLE `gate_enrolments` (
  `code_hash` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `gate_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `profile` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  `expires_at` BIGINT NOT NULL,
  `used_at` BIGINT NOT NULL DEFAULT 0,
  `device_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (code_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
