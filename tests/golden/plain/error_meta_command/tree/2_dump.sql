--
-- PostgreSQL database dump
--

\restrict abc

set x = 1;
