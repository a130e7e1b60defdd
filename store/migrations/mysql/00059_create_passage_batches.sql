-- +goose Up
CREATE TABLE `passage_batches` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `last_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `rows_count` INT NOT NULL,
  `digest` BINARY(32) NOT NULL,
  `created_at` BIGINT NOT NULL,
  `sealed` INT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
