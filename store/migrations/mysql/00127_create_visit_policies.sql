-- +goose Up
CREATE TABLE `visit_policies` (
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `version` INT NOT NULL,
  `body` MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `updated_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `updated_at` BIGINT NOT NULL,
  PRIMARY KEY (community_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
