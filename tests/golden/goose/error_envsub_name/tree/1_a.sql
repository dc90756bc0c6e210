-- +goose Up
-- +goose ENVSUB ON
SELECT 'ä', $1;
