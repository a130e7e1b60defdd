-- +goose Up
CREATE UNIQUE INDEX health_reports_version ON health_reports (root_id, version);
