SELECT 1 -- no final ';' here --> statement-breakpoint SELECT 2
--> statement-breakpoint--> statement-breakpoint
SELECT 'é' --> statement-breakpoint
/* only a comment */
--> statement-breakpoint