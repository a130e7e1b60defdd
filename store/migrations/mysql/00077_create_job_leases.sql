-- +goose Up
CREATE TABLE `job_leases` (
  `name` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `owner` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `fence` BIGINT NOT NULL,
  `until` BIGINT NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
