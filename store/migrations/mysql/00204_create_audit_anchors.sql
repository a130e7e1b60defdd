-- +goose Up
CREATE TABLE `audit_anchors` (
  `day` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `seq` BIGINT NOT NULL,
  `hash` BINARY(32) NOT NULL,
  `entries` BIGINT NOT NULL,
  `batches` BIGINT NOT NULL,
  `passages` BIGINT NOT NULL,
  `previous_seq` BIGINT NOT NULL,
  `previous_hash` BINARY(32) NOT NULL,
  `at` BIGINT NOT NULL,
  `key_number` INT NOT NULL,
  `signature` MEDIUMBLOB NOT NULL,
  PRIMARY KEY (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
