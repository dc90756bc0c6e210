/* docs/*.md */
-- a

# b
select 1;
-- the last, without a line end