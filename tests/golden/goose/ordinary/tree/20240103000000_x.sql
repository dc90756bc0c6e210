-- +goose Up
INSERT INTO orders VALUES (2);
