-- +goose Up
CREATE INDEX lift_rights_person ON `lift_rights` (`person_id`);
