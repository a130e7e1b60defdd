-- +goose Up
CREATE TABLE `data_keys` (
  `subject_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `wrapped` VARBINARY(1024) NULL,
  `created_at` BIGINT NOT NULL,
  `destroyed_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
