SELECT 1;
\d
--> statement-breakpoint
SELECT 2;
