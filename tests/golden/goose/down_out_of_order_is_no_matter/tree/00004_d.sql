-- +goose Up
SELECT 4;
-- +goose Down
