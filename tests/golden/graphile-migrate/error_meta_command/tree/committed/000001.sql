--! Previous: -
--! Hash: sha1:90773c754a3b02804612f0891d73fb302d416250

\i x.sql
