-- +goose Up
CREATE TABLE `cards` (
  `pass_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `residency_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `slot` INT NULL,
  `last_day` INT NOT NULL,
  `key_number` INT NOT NULL,
  `code_ct` VARBINARY(1024) NOT NULL,
  `issued_by` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `replaces_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (pass_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
