-- +goose Up
CREATE TABLE `sharing_ledger` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `at` BIGINT NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `recipient_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `recipient_kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `recipient_name` VARCHAR(255) NOT NULL,
  `event_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `event_type` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `person_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `fields` VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `policy_version` BIGINT NOT NULL,
  `purpose` VARCHAR(255) NOT NULL,
  `agreement` VARCHAR(255) NOT NULL,
  `sm3` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
