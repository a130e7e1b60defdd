-- +goose Up
CREATE UNIQUE INDEX handovers_open ON `handovers` (`open_gate`);
