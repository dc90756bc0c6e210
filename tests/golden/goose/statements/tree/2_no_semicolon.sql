-- +goose Up
-- +goose StatementBegin
SELECT 1 -- the first
-- +goose StatementEnd
-- +goose StatementBegin
SELECT 2
--+goose StatementEnd
