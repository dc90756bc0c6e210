-- no-transaction because
SELECT 4;