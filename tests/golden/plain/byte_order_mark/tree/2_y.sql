select 2;
