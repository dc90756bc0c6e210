CREATE TABLE "sessions" (
	"id" serial PRIMARY KEY NOT NULL,
	"machine_id" text NOT NULL,
	"title" text NOT NULL,
	"messages" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_machine_id_machines_id_fk" FOREIGN KEY ("machine_id") REFERENCES "public"."machines"("id") ON DELETE cascade ON UPDATE no action;