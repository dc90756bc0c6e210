-- +goose Up -- now
SELECT 1;
