-- +goose Up
CREATE INDEX quota_slots_passage ON quota_slots (passage_id);
