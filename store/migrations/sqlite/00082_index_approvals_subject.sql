-- +goose Up
CREATE INDEX approvals_subject ON approvals (subject_id, step);
