-- +goose Up
CREATE TABLE `emergency_destructions` (
  `emergency_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `destroyed` BIGINT NOT NULL,
  PRIMARY KEY (emergency_id, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
