-- +goose Up
SELECT 5;
