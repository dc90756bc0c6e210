CREATE FUNCTION f() RETURNS int AS $$
--> statement-breakpoint
SELECT 1 $$ LANGUAGE sql;
