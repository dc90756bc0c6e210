SELECT 3;
---- create above / drop below ----
-- nothing to be done
