-- +goose Up
SELECT 9;
