-- +goose Up
CREATE INDEX health_standings_community ON health_standings (community_id, emergency_id, person_id);
