-- +goose Up
CREATE TABLE `quota_slots` (
  `day` BIGINT NOT NULL,
  `pass_number` BIGINT NOT NULL,
  `direction` INT NOT NULL,
  `perimeter` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `slot` INT NOT NULL,
  `passage_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (day, pass_number, direction, perimeter, slot)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
