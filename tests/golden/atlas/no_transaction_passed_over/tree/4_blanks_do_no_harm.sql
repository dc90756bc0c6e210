-- a note
# another atlas:txmode none
 	
select 1;
