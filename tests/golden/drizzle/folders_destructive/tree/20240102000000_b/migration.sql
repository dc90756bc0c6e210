ALTER TABLE "users" ALTER COLUMN "mail" SET DATA TYPE varchar(20);--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "age" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "users" DROP CONSTRAINT "u";
--> statement-breakpoint
DROP INDEX "i";--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN "name";--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN IF EXISTS "nick";--> statement-breakpoint
DROP TABLE "posts";--> statement-breakpoint
DROP TABLE "tags" CASCADE;--> statement-breakpoint
DROP TYPE "public"."role";