--+goose up
SELECT 1;
--  +goose DOWN
SELECT 2;
