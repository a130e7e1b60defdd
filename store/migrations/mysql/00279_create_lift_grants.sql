-- +goose Up
CREATE TABLE `lift_grants` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `group_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `floor` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `author_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `household_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `to_household_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `visit_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `valid_from` BIGINT NOT NULL,
  `valid_until` BIGINT NOT NULL,
  `ended_at` BIGINT NOT NULL DEFAULT 0,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
