-- +goose Up
CREATE INDEX committees_street ON committees (street_id);
