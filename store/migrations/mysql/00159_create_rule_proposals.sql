-- +goose Up
CREATE TABLE `rule_proposals` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `phase` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `open` INT NULL,
  `rules` MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `base_version` BIGINT NOT NULL,
  `version` BIGINT NOT NULL DEFAULT 0,
  `restored_version` BIGINT NOT NULL DEFAULT 0,
  `rehearsal_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `effective_at` BIGINT NOT NULL DEFAULT 0,
  `watch_hours` INT NOT NULL,
  `threshold_percent` INT NOT NULL,
  `least_passages` INT NOT NULL,
  `watch_until` BIGINT NOT NULL DEFAULT 0,
  `author_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `author_person_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  `phase_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
