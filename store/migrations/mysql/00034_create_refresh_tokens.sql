-- +goose Up
CREATE TABLE `refresh_tokens` (
  `hash` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `session_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `issued_at` BIGINT NOT NULL,
  `expires_at` BIGINT NOT NULL,
  `used_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
