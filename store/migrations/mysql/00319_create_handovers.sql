-- +goose Up
CREATE TABLE `handovers` (
  `id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `gate_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `state` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `open_gate` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `author_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `accepted_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `since` BIGINT NOT NULL,
  `created_at` BIGINT NOT NULL,
  `ended_at` BIGINT NOT NULL DEFAULT 0,
  `admitted` INT NOT NULL DEFAULT 0,
  `refused` INT NOT NULL DEFAULT 0,
  `referred` INT NOT NULL DEFAULT 0,
  `by_hand` INT NOT NULL DEFAULT 0,
  `visits_expected` INT NOT NULL DEFAULT 0,
  `visits_overstayed` INT NOT NULL DEFAULT 0,
  `incidents_open` INT NOT NULL DEFAULT 0,
  `unsent` INT NOT NULL DEFAULT 0,
  `note_ct` VARBINARY(2560) NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
