-- +goose Up
ALTER TABLE `devices` ADD COLUMN `secret_ct` VARBINARY(1024) NULL;
