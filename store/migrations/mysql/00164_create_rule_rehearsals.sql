-- +goose Up
CREATE TABLE `rule_rehearsals` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `rules` MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `days` INT NOT NULL,
  `complete` INT NOT NULL,
  `result` MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
