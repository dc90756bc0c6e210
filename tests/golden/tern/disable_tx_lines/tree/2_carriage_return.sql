---- tern: disable-tx ----
select 2