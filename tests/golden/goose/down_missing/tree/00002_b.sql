-- +goose Up
-- +goose StatementBegin
SELECT 2;
-- +goose StatementEnd
-- +goose Down
-- a comment
-- +goose StatementBegin
DO $$ BEGIN
  PERFORM 2; END $$
-- +goose StatementEnd
SELECT 'two;'; -- it's
