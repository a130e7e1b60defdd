-- +goose Up
CREATE UNIQUE INDEX spoken_codes_live ON `spoken_codes` (`code_ix`, `live`);
