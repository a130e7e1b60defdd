-- +goose Up
CREATE TABLE `conflict_admissions` (
  `conflict_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `passage_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (conflict_id, passage_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
