-- +goose Up
SELECT 4;
