-- +goose Up
CREATE TABLE `exports` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `purpose` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `ticket` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `author_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `approval_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending',
  `decided_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `decided_at` BIGINT NOT NULL DEFAULT 0,
  `downloaded_at` BIGINT NOT NULL DEFAULT 0,
  `rows_count` INT NOT NULL DEFAULT 0,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
