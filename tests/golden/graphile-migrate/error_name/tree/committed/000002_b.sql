--! Previous: sha1:a76271013b710d32d3b2ca5792d1a48904a0dfec
--! Hash: sha1:0b91403aaba8089602fc73c5b4857ae170ce0421

--! no-transaction
create index concurrently on a(i);
