-- migrinit: no-transaction
VACUUM;
VACUUM a;
