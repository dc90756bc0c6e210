--! Previous: sha1:0b91403aaba8089602fc73c5b4857ae170ce0421
--! Hash: sha1:abc66938a06e9668787be600116a3bc50b5a24f5
--! Message: it is

select 3
