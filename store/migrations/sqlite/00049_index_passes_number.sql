-- +goose Up
CREATE UNIQUE INDEX passes_number ON passes (number);
