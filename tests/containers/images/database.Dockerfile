# A PostgreSQL as its official image is used: the user "app" with the password "secret", and the
# database "shop". Its files are in the image: every container of it begins afresh, and at once.
FROM debian:bookworm-slim
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/none.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends postgresql-15
USER postgres
ENV PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data
RUN echo secret >/tmp/password \
 && initdb --auth-local=trust --auth-host=scram-sha-256 --pwfile=/tmp/password -U app -N -E UTF8 --locale=C \
 && echo 'host all all all scram-sha-256' >>$PGDATA/pg_hba.conf \
 && echo "listen_addresses = '*'" >>$PGDATA/postgresql.conf \
 && echo 'fsync = off' >>$PGDATA/postgresql.conf \
 && echo 'CREATE DATABASE shop;' | postgres --single postgres
STOPSIGNAL SIGINT
CMD ["postgres"]
