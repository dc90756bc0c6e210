select 5;
---- tern: disable-tx ----