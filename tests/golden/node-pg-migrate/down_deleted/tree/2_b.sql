-- down migration
SELECT 'down';
-- Up Migration
SELECT 'up';
