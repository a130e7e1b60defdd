-- +goose Up
ALTER TABLE `staff_accounts` ADD COLUMN `admin_role` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
