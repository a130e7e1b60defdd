-- +goose Up
CREATE TABLE `manual_passages` (
  `passage_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `reason` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `overridden` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `note_ct` MEDIUMBLOB NULL,
  PRIMARY KEY (passage_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
