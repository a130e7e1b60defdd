-- +goose Up
CREATE TABLE `scan_ids` (
  `device_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `scan_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `passage_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `received_at` BIGINT NOT NULL,
  PRIMARY KEY (device_id, scan_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
