-- +goose Up
UPDATE device_events SET considered = 1;
