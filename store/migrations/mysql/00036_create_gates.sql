-- +goose Up
CREATE TABLE `gates` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` VARCHAR(255) NOT NULL,
  `kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `direction` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `perimeter` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `fallback` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `passback` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
