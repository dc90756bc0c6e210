-- migrinit: allow-destructive drop-table
-- DropTable
DROP TABLE "Tag";
