-- +goose Up
-- +goose ENVSUB ON
SELECT ${PASSWORD?is needed};
