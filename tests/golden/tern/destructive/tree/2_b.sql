ALTER TABLE "users" DROP COLUMN "name", ALTER COLUMN "age" SET DATA TYPE integer;
DROP TABLE a; SELECT 'DROP TABLE x'; -- DROP TABLE y
DROP TABLE IF EXISTS public."old" CASCADE;
DELETE FROM logs;
---- create above / drop below ----
DROP TABLE undone;
