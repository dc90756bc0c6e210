SELECT 6;
---- create above / drop below ----
SELECT {{ .x }};
