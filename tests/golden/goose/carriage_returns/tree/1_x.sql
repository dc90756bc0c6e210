-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$
  SELECT 'a'
$$;
-- +goose StatementEnd
-- +goose Down
DROP FUNCTION f;
