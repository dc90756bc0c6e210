--! Hash: sha1:x

select 1
