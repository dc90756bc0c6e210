--! Previous: -
--! Hash: sha1:x
--! Hash: sha1:x

select 1
