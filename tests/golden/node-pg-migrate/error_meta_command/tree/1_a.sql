-- Up Migration
\i b.sql
