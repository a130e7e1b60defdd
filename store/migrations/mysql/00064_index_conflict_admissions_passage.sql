-- +goose Up
CREATE INDEX conflict_admissions_passage ON `conflict_admissions` (`passage_id`);
