-- +goose Up
CREATE TABLE `restrictions` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `emergency_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `subject_kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `details_ct` MEDIUMBLOB NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `author_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `approval_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `approver_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `created_at` BIGINT NOT NULL,
  `approved_at` BIGINT NOT NULL DEFAULT 0,
  `expires_at` BIGINT NOT NULL,
  `lifts_at` BIGINT NOT NULL DEFAULT 0,
  `ended_at` BIGINT NOT NULL DEFAULT 0,
  `ended_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `end_reason` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
