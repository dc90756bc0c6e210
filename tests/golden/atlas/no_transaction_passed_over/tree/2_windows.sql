-- atlas:txmode none

create table a ();
create table b ();
