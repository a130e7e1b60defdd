-- +goose Up
CREATE TABLE `rule_trials` (
  `proposal_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `phase` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `what` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `reason` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `total` BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, phase, what, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
