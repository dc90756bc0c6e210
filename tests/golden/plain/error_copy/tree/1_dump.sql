create table t (a text);

COPY public.t (a) FROM stdin;
it's
\.
