-- +goose Up
CREATE TABLE `household_plates` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `household_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `plate_ct` VARBINARY(1024) NOT NULL,
  `plate_ix` BINARY(32) NOT NULL,
  `import_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
