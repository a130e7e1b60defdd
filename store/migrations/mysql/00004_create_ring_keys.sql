-- +goose Up
CREATE TABLE `ring_keys` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `purpose` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `number` INT NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `wrapped` VARBINARY(1024) NOT NULL,
  `public` VARBINARY(1024) NULL,
  `created_at` BIGINT NOT NULL,
  `activated_at` BIGINT NOT NULL DEFAULT 0,
  `retiring_at` BIGINT NOT NULL DEFAULT 0,
  `retired_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
