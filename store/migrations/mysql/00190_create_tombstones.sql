-- +goose Up
CREATE TABLE `tombstones` (
  `subject_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `at` BIGINT NOT NULL,
  PRIMARY KEY (subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
