-- Up Migration
SELECT 3;
--- Down Migration ---
