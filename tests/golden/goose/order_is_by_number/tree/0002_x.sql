-- +goose Up
SELECT 0002;
