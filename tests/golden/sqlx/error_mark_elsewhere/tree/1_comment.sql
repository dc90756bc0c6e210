-- x
-- no-transaction
SELECT 1;