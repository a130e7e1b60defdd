-- +goose Up
UPDATE staff_accounts SET admin_role = COALESCE((SELECT MIN(g.role) FROM staff_grants AS g WHERE g.staff_id = staff_accounts.id AND g.role IN ('system_admin', 'security_admin', 'auditor')), '');
