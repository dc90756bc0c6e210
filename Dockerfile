# An image that holds one file, migrinit, which runs in any image of the same processor:
#   COPY --from=migrinit /usr/local/bin/migrinit /usr/local/bin/
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
COPY --from=build /src/build/static/migrinit /usr/local/bin/migrinit
ENTRYPOINT ["/usr/local/bin/migrinit", "--"]
