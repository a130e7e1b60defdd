-- +goose Up
CREATE TABLE `idempotency_keys` (
  `caller` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `key_hash` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `request_digest` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `status` INT NOT NULL DEFAULT 0,
  `answer_ct` MEDIUMBLOB NULL,
  `created_at` BIGINT NOT NULL,
  `expires_at` BIGINT NOT NULL,
  PRIMARY KEY (caller, key_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
