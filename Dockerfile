# An image that holds migrinit and what it needs; copy the program from it into yours:
#   COPY --from=migrinit /usr/local/bin/migrinit /usr/local/bin/
# and install libpq5 libev4 libinih1 libjansson4 there (Debian 12).
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
    gcc libc6-dev make pkg-config libpq-dev libev-dev libinih-dev libjansson-dev libssl-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Makefile ./
COPY lib lib/
COPY entrypoint entrypoint/
RUN make -j"$(nproc)" install DESTDIR=/out PREFIX=/usr/local \
 && strip /out/usr/local/bin/migrinit

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq5 libev4 libinih1 libjansson4 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/ /
ENTRYPOINT ["migrinit", "--"]
