-- +goose Up
ALTER TABLE `devices` ADD COLUMN `login_ct` VARBINARY(1024) NULL;
