CREATE TABLE a (i int);
COPY a FROM stdin;
1
${two}
\.
SELECT 1;
