-- +goose Up
CREATE TABLE `message_pushes` (
  `message_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `way` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending',
  `code` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `attempts` INT NOT NULL DEFAULT 0,
  `next_at` BIGINT NOT NULL,
  `leased_until` BIGINT NOT NULL DEFAULT 0,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (message_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
