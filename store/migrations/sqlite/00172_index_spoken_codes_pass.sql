-- +goose Up
CREATE UNIQUE INDEX spoken_codes_pass ON spoken_codes (pass_id, live);
