# An image that holds one file, migrinit, which runs in any image of the same processor:
#   COPY --from=migrinit /migrinit /usr/local/bin/
# and which by itself brings a database up to date:
#   docker run --rm -v "$PWD/migrations:/migrations" -e DATABASE_URL migrinit migrate
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
    gcc libc6-dev make perl bison flex bzip2 xz-utils linux-libc-dev
WORKDIR /src
# The libraries take minutes, and change seldom: a layer of their own.
COPY Makefile ./
COPY static static/
RUN make static-deps
COPY LICENSE ./
COPY lib lib/
COPY entrypoint entrypoint/
RUN make -j"$(nproc)" static

FROM scratch
LABEL org.opencontainers.image.title="migrinit" \
      org.opencontainers.image.description="Waits for PostgreSQL, migrates, and runs the app as PID 1" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.1.0"
COPY --from=build /src/build/static/migrinit /migrinit
ENTRYPOINT ["/migrinit"]
CMD ["--help"]
