
  ---- tern: disable-tx ----
select 1