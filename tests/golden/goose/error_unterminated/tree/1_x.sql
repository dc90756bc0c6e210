-- +goose Up
SELECT 'a;
