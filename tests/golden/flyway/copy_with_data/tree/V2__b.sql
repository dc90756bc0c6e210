COPY a FROM stdin;
\.
