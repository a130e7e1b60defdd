-- +goose Up
CREATE TABLE `audit_chain` (
  `seq` BIGINT NOT NULL,
  `entry_kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `entry_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `digest` BINARY(32) NOT NULL,
  `hash` BINARY(32) NOT NULL,
  `at` BIGINT NOT NULL,
  PRIMARY KEY (seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
