-- +goose Up
CREATE INDEX duty_shifts_end ON duty_shifts (ends_at);
