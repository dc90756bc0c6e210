--! Previous: -
--! Hash: sha1:6d9e25ba811046d328e87ce65eab2bd494a71563

select 1;
grant x to :DATABASE_OWNER
