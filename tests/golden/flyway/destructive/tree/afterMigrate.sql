TRUNCATE cache;
