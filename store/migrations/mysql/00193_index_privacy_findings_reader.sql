-- +goose Up
CREATE UNIQUE INDEX privacy_findings_reader ON `privacy_findings` (`reader_id`, `kind`, `day`);
