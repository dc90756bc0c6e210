ALTER TABLE customers DROP COLUMN title;
