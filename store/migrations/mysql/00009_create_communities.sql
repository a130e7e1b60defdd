-- +goose Up
CREATE TABLE `communities` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `committee_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `number` INT NOT NULL,
  `name` VARCHAR(255) NOT NULL,
  `mode` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `rule_version` BIGINT NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
