select 3;
 ---- tern: disable-tx ----
