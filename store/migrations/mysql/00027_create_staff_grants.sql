-- +goose Up
CREATE TABLE `staff_grants` (
  `staff_id` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `role` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `scope_kind` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `scope_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `granted_by` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `granted_at` BIGINT NOT NULL,
  PRIMARY KEY (staff_id, role, scope_kind, scope_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
