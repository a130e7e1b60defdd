-- +goose Up
CREATE INDEX rule_proposals_phase ON `rule_proposals` (`phase`, `id`);
