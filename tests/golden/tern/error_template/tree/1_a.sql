select {{ .x }}
---- create above / drop below ----
