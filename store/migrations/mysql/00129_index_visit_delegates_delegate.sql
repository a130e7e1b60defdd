-- +goose Up
CREATE INDEX visit_delegates_delegate ON `visit_delegates` (`delegate_id`);
