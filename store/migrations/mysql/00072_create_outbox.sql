-- +goose Up
CREATE TABLE `outbox` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `recipient_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `sequence` BIGINT NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `type` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `occurred_at` BIGINT NOT NULL,
  `body` MEDIUMTEXT NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `attempts` INT NOT NULL DEFAULT 0,
  `next_at` BIGINT NOT NULL DEFAULT 0,
  `leased_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `leased_until` BIGINT NOT NULL DEFAULT 0,
  `delivered_at` BIGINT NOT NULL DEFAULT 0,
  `last_status` INT NOT NULL DEFAULT 0,
  `last_detail` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
