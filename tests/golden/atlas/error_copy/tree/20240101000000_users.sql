copy a from stdin;
1
\.
