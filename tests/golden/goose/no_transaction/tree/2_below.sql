-- +goose Up
VACUUM t;
-- +goose Down
-- +goose NO TRANSACTION
SELECT 1;
