-- migrate:up
SELECT 'early';
-- migrate:down
SELECT 'late'; -- it's;
