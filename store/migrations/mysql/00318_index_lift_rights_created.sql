-- +goose Up
CREATE INDEX lift_rights_created ON `lift_rights` (`created_at`);
