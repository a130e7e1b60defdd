-- +goose Up
CREATE TABLE `lift_landings` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `group_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `level` INT NOT NULL,
  `floor` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `side` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `is_open` INT NOT NULL,
  `rooms` MEDIUMTEXT NOT NULL,
  `native` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `code` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
