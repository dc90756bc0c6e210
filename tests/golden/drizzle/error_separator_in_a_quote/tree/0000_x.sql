CREATE TABLE a ();
INSERT INTO a VALUES ('x --> statement-breakpoint y');
