-- +goose Up
-- +goose ENVSUB ON
SELECT '$B', $A, 2;
