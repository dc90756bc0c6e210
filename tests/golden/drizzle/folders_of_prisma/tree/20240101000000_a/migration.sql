SELECT 1;
--> statement-breakpoint
