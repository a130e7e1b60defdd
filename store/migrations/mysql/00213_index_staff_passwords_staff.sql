-- +goose Up
CREATE INDEX staff_passwords_staff ON `staff_passwords` (`staff_id`, `id`);
