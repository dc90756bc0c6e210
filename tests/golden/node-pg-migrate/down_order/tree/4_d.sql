-- Up Migration
SELECT 4;
