-- +goose Up
CREATE TABLE `notice_audiences` (
  `notice_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `value` VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (notice_id, value)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
