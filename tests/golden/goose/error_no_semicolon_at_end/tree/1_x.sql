-- +goose Up
SELECT 1; /* what for */
