CREATE TABLE "posts" (
	"id" serial PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "mail" text;--> statement-breakpoint
UPDATE "users" SET "mail" = '';