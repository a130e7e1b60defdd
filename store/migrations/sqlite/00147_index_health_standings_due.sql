-- +goose Up
CREATE INDEX health_standings_due ON health_standings (emergency_id, due_at);
