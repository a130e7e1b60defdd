-- +goose Up
CREATE TABLE `roster_imports` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  `dry_run` INT NOT NULL,
  `partial` INT NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `rows_count` INT NOT NULL,
  `households_new` INT NOT NULL,
  `people_new` INT NOT NULL,
  `people_changed` INT NOT NULL,
  `unchanged` INT NOT NULL,
  `error_count` INT NOT NULL,
  `unknown_columns` VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `errors` MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
