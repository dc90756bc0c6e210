-- migrate:up
SELECT 1;
-- migrate:down
COPY users FROM stdin;
1
\.
