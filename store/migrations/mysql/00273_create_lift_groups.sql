-- +goose Up
CREATE TABLE `lift_groups` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` VARCHAR(64) NOT NULL,
  `building` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `unit` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  `protocol` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `address` MEDIUMTEXT NOT NULL,
  `native` MEDIUMTEXT NOT NULL,
  `secret_ct` VARBINARY(4096) NULL,
  `device_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `gates` MEDIUMTEXT NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `mode` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `mode_at` BIGINT NOT NULL DEFAULT 0,
  `heard_at` BIGINT NOT NULL DEFAULT 0,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
