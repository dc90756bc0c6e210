--! Previous: -
--! Hash: sha1:68b943241f86da33fea5a30ed3b316df035d95a0

alter database :DATABASE_NAME set x to y
