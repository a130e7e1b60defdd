-- +goose Up
CREATE INDEX visits_plate ON `visits` (`community_id`, `plate_ix`, `state`);
