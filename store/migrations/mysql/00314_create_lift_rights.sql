-- +goose Up
CREATE TABLE `lift_rights` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `group_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `person_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `visit_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `passage_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `cabin` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `floors` TEXT NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `reason` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `created_at` BIGINT NOT NULL,
  `ends_at` BIGINT NOT NULL,
  `answered_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
