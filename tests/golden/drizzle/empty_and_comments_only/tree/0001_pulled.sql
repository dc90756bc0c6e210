-- Current sql file was generated after introspecting the database
/*
CREATE TABLE x ();
*/