-- CreateTable
CREATE TABLE a (i int);
