-- atlas:txmode file
-- atlas:nolint

select 1;
