--! Previous: -

select 1
