create table more ();
