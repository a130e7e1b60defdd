-- +goose Up
CREATE TABLE `dependants` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `household_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `carer_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `relation` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `active` INT NULL,
  `created_at` BIGINT NOT NULL,
  `ended_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
