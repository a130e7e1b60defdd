-- +goose Up
CREATE TABLE `duty_shifts` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `post` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `staff_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `starts_at` BIGINT NOT NULL,
  `ends_at` BIGINT NOT NULL,
  `created_by` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
