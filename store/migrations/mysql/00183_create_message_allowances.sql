-- +goose Up
CREATE TABLE `message_allowances` (
  `person_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `template_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `allowance` INT NOT NULL,
  `updated_at` BIGINT NOT NULL,
  PRIMARY KEY (person_id, template_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
