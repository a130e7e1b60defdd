-- +goose Up
CREATE UNIQUE INDEX lift_landings_floor ON lift_landings (group_id, floor, side);
