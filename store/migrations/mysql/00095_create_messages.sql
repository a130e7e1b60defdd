-- +goose Up
CREATE TABLE `messages` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `template` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject_kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `subject_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `params_ct` MEDIUMBLOB NULL,
  `urgent` INT NOT NULL DEFAULT 0,
  `created_at` BIGINT NOT NULL,
  `read_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
