-- +goose Up
CREATE INDEX lift_rights_state ON `lift_rights` (`state`, `created_at`);
