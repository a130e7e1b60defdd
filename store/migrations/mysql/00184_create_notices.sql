-- +goose Up
CREATE TABLE `notices` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `title_zh` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `title_en` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  `body_zh` MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `body_en` MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `audience` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `urgent` INT NOT NULL DEFAULT 0,
  `pinned` INT NOT NULL DEFAULT 0,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `publish_at` BIGINT NOT NULL,
  `expires_at` BIGINT NOT NULL,
  `withdrawn_at` BIGINT NOT NULL DEFAULT 0,
  `told` INT NOT NULL DEFAULT 0,
  `told_after` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `created_by` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
