-- +goose Up
-- $NOT looked at
-- +goose ENVSUB ON
CREATE TABLE ${SCHEMA:-public}.$TABLE (n int); -- $$5 for $TABLE
GRANT SELECT ON $TABLE TO $ROLE
-- +goose ENVSUB OFF
SELECT '$TABLE', $$ body $$;
-- +goose StatementBegin
-- +goose ENVSUB ON
DO $$$$ BEGIN PERFORM '$TABLE'; END $$$$
-- +goose StatementEnd
-- +goose Down
DROP TABLE $1;
