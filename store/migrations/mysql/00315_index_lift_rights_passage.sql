-- +goose Up
CREATE UNIQUE INDEX lift_rights_passage ON `lift_rights` (`passage_id`);
