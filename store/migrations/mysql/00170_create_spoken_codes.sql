-- +goose Up
CREATE TABLE `spoken_codes` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `perimeter` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `code_ix` BINARY(32) NOT NULL,
  `pass_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `pass_number` BIGINT NOT NULL,
  `live` INT NULL,
  `created_at` BIGINT NOT NULL,
  `expires_at` BIGINT NOT NULL,
  `used_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
