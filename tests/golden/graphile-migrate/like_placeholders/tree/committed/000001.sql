--! Previous: -
--! Hash: sha1:eb48987703f8599b7036e3790da2cd6d1f815c58

select 1::TEXT, ':DATABASE_NAMES', to_char(now(), 'HH24:MI:SS')
