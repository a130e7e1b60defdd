-- +goose Up
CREATE TABLE `recipients` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` VARCHAR(255) NOT NULL,
  `url` VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `wants_sm2` INT NOT NULL,
  `secret_ct` VARBINARY(1024) NOT NULL,
  `previous_secret_ct` VARBINARY(1024) NULL,
  `previous_until` BIGINT NOT NULL DEFAULT 0,
  `event_types` MEDIUMTEXT NOT NULL,
  `field_policy` MEDIUMTEXT NOT NULL,
  `policy_version` BIGINT NOT NULL,
  `purpose` VARCHAR(255) NOT NULL,
  `agreement` VARCHAR(255) NOT NULL,
  `sequence` BIGINT NOT NULL DEFAULT 0,
  `created_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
