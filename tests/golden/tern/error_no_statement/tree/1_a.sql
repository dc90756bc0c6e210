-- nothing


---- create above / drop below ----
select 1