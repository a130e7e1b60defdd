-- +goose Up
ALTER TABLE `households` ADD COLUMN `import_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
