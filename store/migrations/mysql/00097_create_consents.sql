-- +goose Up
CREATE TABLE `consents` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `purpose` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `text_version` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `text_hash` BINARY(32) NOT NULL,
  `channel` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `given_at` BIGINT NOT NULL,
  `withdrawn_at` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
