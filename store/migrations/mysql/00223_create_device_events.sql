-- +goose Up
CREATE TABLE `device_events` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `device_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `gate_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `event_key` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `live` INT NOT NULL,
  `device_at` BIGINT NOT NULL DEFAULT 0,
  `received_at` BIGINT NOT NULL,
  `direction` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `native` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `detail` MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `plate_ct` VARBINARY(1024) NULL,
  `passage_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
