---- tern: disable-tx ----
VACUUM;
---- create above / drop below ----

---- tern: disable-tx ----
VACUUM;
VACUUM a;
