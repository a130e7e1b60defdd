-- +goose Up
CREATE TABLE `access_log` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `at` BIGINT NOT NULL,
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `reader_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `reader_role` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `what` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `purpose` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  `ticket` VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
