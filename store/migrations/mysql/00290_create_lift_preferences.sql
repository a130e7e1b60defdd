-- +goose Up
CREATE TABLE `lift_preferences` (
  `person_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `household_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `community_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (`person_id`, `household_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
