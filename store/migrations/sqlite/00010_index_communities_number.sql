-- +goose Up
CREATE UNIQUE INDEX communities_number ON communities (number);
