-- +goose Up
CREATE UNIQUE INDEX lift_landings_code ON lift_landings (code);
