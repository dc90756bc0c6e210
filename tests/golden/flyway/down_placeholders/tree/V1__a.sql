CREATE TABLE orders (i int);
