-- +goose Up
CREATE INDEX dependants_household ON dependants (community_id, household_id);
