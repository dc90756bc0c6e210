CREATE TABLE "users" (
	"id" serial PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE INDEX "i" ON "users" ("id");