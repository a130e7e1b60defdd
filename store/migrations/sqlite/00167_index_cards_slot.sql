-- +goose Up
CREATE UNIQUE INDEX cards_slot ON cards (community_id, person_id, slot);
