CREATE TABLE a (n int);
--> statement-breakpoint
COMMIT;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY i ON a (n)