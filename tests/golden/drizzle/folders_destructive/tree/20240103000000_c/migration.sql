-- migrinit: allow-destructive drop-column
ALTER TABLE "tags" DROP COLUMN "name";