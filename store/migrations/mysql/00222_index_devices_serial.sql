-- +goose Up
CREATE INDEX devices_serial ON `devices` (`protocol`, `serial`);
