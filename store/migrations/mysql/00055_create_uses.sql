-- +goose Up
CREATE TABLE `uses` (
  `window_no` INT NOT NULL,
  `pass_number` BIGINT NOT NULL,
  `direction` INT NOT NULL,
  `perimeter` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `passage_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (window_no, pass_number, direction, perimeter)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
