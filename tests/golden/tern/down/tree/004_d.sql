SELECT 4;
---- create above / drop below ----
 
