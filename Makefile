# migrinit - see README.md; `make help` lists the targets

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=

CC         ?= cc
PKG_CONFIG ?= pkg-config

WARNINGS := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wvla -Wpointer-arith -Wwrite-strings \
            -Wstrict-prototypes -Wmissing-prototypes -Wimplicit-fallthrough -Wundef \
            -Wno-missing-field-initializers
HARDENING := -fstack-protector-strong -fstack-clash-protection -fPIE \
             -fno-delete-null-pointer-checks -fno-strict-overflow
FORTIFY  ?= -D_FORTIFY_SOURCE=2
OPTIMIZE ?= -O2 -g
SANITIZE ?=
# The same program wherever it is built: tests/check/reproducible.sh.
ANYWHERE := -fdebug-prefix-map=$(CURDIR)=.

# LINK=static makes one file that needs no library of the image (static/README.md).
LINK          ?= dynamic
STATIC_PREFIX := .cache/static/$(shell uname -m)-$(shell \
                 cat static/sources.txt static/build-deps.sh static/musl-cc static/libpq_scram.c | sha256sum | cut -c 1-16)
ifeq ($(LINK),static)
include static/link.mk
else
PKGS             := libpq jansson libcrypto inih
LIBRARY_CPPFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
# libev ships no .pc file.
LIBS             := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -lev
LINKING          := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
endif

# What `migrinit --license` prints.
LICENCES := $(BUILD)/licences.txt

CPPFLAGS += -D_GNU_SOURCE -DMIGRINIT_VERSION='"$(VERSION)"' -DMIGRINIT_LICENCES='"$(LICENCES)"' -Ilib -I. $(FORTIFY) $(LIBRARY_CPPFLAGS)
CFLAGS   += -std=c17 $(OPTIMIZE) $(WARNINGS) $(HARDENING) $(ANYWHERE) $(SANITIZE)
LDFLAGS  += $(LINKING) $(SANITIZE)

LIB_SRC     := $(sort $(wildcard lib/*/*.c))
ENTRY_SRC   := $(sort $(wildcard entrypoint/*.c))
TEST_SRC    := $(sort $(wildcard tests/unit/*/test_*.c tests/integration/test_*.c))
APP_SRC     := tests/support/app.c
PAGE_SRC    := tests/support/machine_page.c
PRELOAD_SRC := tests/support/no_alloc.c tests/support/few_allocs.c
# What tests share: servers that misbehave, a throw-away cluster.
SUPPORT_SRC := $(filter-out tests/support/%_dump.c tests/support/covered_exit.c $(APP_SRC) $(PAGE_SRC) $(PRELOAD_SRC), \
                 $(sort $(wildcard tests/support/*.c)))

LIB_OBJ     := $(LIB_SRC:%.c=$(BUILD)/%.o)
ENTRY_OBJ   := $(ENTRY_SRC:%.c=$(BUILD)/%.o)
SUPPORT_OBJ := $(SUPPORT_SRC:%.c=$(BUILD)/%.o)
TEST_BIN    := $(TEST_SRC:%.c=$(BUILD)/%)
UNIT_BIN    := $(filter $(BUILD)/tests/unit/%,$(TEST_BIN))
SERVER_BIN  := $(filter $(BUILD)/tests/integration/%,$(TEST_BIN))
APP_BIN     := $(APP_SRC:%.c=$(BUILD)/%)

# One short line for each step; V=1 shows the commands.
say = $(if $(V),,@echo '  $(1) $@';)

# -- the program -------------------------------------------------------------------------------

.PHONY: all
all: $(BUILD)/migrinit ## build/migrinit

$(BUILD)/migrinit: $(ENTRY_OBJ) $(BUILD)/libmigrinit.a
	$(call say,LD) $(CC) $(LDFLAGS) -o $@ $(ENTRY_OBJ) $(BUILD)/libmigrinit.a $(LIBS)

$(BUILD)/libmigrinit.a: $(LIB_OBJ)
	@mkdir -p $(@D) && rm -f $@
	$(call say,AR) $(AR) rcsD $@ $^

# The entry rooms as an archive, for the unit tests of those that are pure.
$(BUILD)/libentrypoint.a: $(filter-out $(BUILD)/entrypoint/main.o,$(ENTRY_OBJ))
	@mkdir -p $(@D) && rm -f $@
	$(call say,AR) $(AR) rcsD $@ $^

$(BUILD)/%.o: %.c $(LIBRARIES_BUILT)
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LICENCES): LICENSE static/licences.sh $(LIBRARIES_BUILT)
	@mkdir -p $(@D)
	@static/licences.sh $(if $(LIBRARIES_BUILT),$(STATIC_PREFIX)) >$@.new && mv $@.new $@

$(BUILD)/entrypoint/licence.o: $(LICENCES)

# PREFIX/share/doc has the licence: what else is linked in says `migrinit --license`.
SHARE := $(DESTDIR)$(PREFIX)/share

.PHONY: install deb
install: all ## the program, its manual, licence and completions into $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(BUILD)/migrinit $(DESTDIR)$(PREFIX)/bin/migrinit
	install -D -m 0644 man/migrinit.1 $(SHARE)/man/man1/migrinit.1
	install -D -m 0644 man/migrinit.ini.5 $(SHARE)/man/man5/migrinit.ini.5
	install -D -m 0644 $(LICENCES) $(SHARE)/doc/migrinit/LICENSE
	install -D -m 0644 completions/migrinit.bash $(SHARE)/bash-completion/completions/migrinit
	install -D -m 0644 completions/_migrinit $(SHARE)/zsh/vendor-completions/_migrinit
	install -D -m 0644 completions/migrinit.fish $(SHARE)/fish/vendor_completions.d/migrinit.fish

deb: all ## build/migrinit_VERSION_ARCH.deb, with the libraries of this Debian
	@packaging/deb.sh $(VERSION) $(BUILD)

# -- the same in one file, for any image: static/README.md -----------------------------------------

# This makefile again, with the other way to link. The app of the tests stays as apps are: glibc's.
STATICALLY = MIGRINIT_TEST_APP=$(abspath $(APP_BIN)) $(MAKE) --no-print-directory BUILD=$(BUILD)/static LINK=static

.PHONY: static static-deps test-static roots
static: static-deps ## build/static/migrinit: one file that runs in any image
	+@$(STATICALLY) all
	@static/sbom.sh $(VERSION) $(STATIC_PREFIX) >$(BUILD)/static/migrinit.cdx.json
	@wc -c $(BUILD)/static/migrinit

static-deps: $(STATIC_PREFIX)/libraries

$(STATIC_PREFIX)/libraries:
	@static/build-deps.sh $(STATIC_PREFIX) .cache/static

test-static: static $(APP_BIN) ## the suites again with the static binary, and the roots that it must run in
	+@$(STATICALLY) build-tests
	+@failed=0; for suite in unit integration pid1 roots; do \
	  $(STATICALLY) $$suite || failed=1; done; \
	exit $$failed

roots: all ## the program alone in an empty root, and as other images have it
	$(SUITE) roots tests/support/both.sh tests/static "$(PYTEST_ARGS)"

.PHONY: test-containers containers
test-containers: containers ## the Dockerfile's image under podman, and under dockerd with compose

# FROM_SOURCE=1 builds the libraries again, within the image's build.
containers: all static $(APP_BIN)
	$(SUITE) containers env FROM_SOURCE="$(FROM_SOURCE)" tests/containers/run.sh "$(PYTEST_ARGS)"
	@grep -h '# SKIP' $(BUILD)/ci/containers.log || true

# -- what it needs -----------------------------------------------------------------------------

DEPS = gcc clang clang-tidy clang-format cppcheck shellcheck valgrind strace make pkg-config \
        libpq-dev libev-dev libinih-dev libjansson-dev libssl-dev libcmocka-dev \
        postgresql-client-15 postgresql-15 pgbouncer python3 python3-pytest python3-psycopg2 \
        alembic python3-flask-migrate python3-yaml bubblewrap rustc-web cargo-web \
        socat iproute2 util-linux procps ca-certificates time openssl libclang-rt-14-dev \
        gcovr faketime bison flex perl bzip2 xz-utils linux-libc-dev busybox-static tini \
        dumb-init catatonit mandoc man-db groff-base bash-completion zsh fish dpkg-dev lintian \
        $(CONTAINER_DEPS)

# Debian's own; `make deps CONTAINER_DEPS=` where Docker's packages are installed instead.
CONTAINER_DEPS := podman runc netavark aardvark-dns iptables mmdebstrap docker.io docker-compose

.PHONY: deps
deps: ## install what building and testing need (Debian, apt-get and npm)
	@tests/support/deps.sh $(DEPS)

# -- tests -------------------------------------------------------------------------------------

SUITES := unit integration pid1 differential package
SUITE   = @BUILD=$(BUILD) MIGRINIT=$(abspath $(BUILD)/migrinit) tests/support/suite.sh

.PHONY: test build-tests test-versions test-versions-quick conformance examples samples bench bench-init fault fault-long $(SUITES)
build-tests: $(TEST_BIN) $(APP_BIN) $(PRELOAD_SRC:%.c=$(BUILD)/%.so)

test: all build-tests ## every suite below, one after the other
	@failed=0; for suite in $(SUITES); do $(MAKE) --no-print-directory $$suite || failed=1; done; \
	exit $$failed

unit: $(UNIT_BIN) ## pure functions and golden folders: no server, no clock
	$(SUITE) unit tests/support/unit.sh $(UNIT_BIN)

integration: all build-tests ## the program against a throw-away PostgreSQL
	$(SUITE) integration tests/support/both.sh tests/integration "$(PYTEST_ARGS)" $(SERVER_BIN)

package: all ## manual pages, completions, make install, the Debian package
	@$(MAKE) --no-print-directory deb >/dev/null
	$(SUITE) package tests/support/both.sh tests/package "$(PYTEST_ARGS)"

pid1: all build-tests ## the program as PID 1 of its own namespace
	$(SUITE) pid1 tests/support/both.sh tests/pid1 "$(PYTEST_ARGS)"

test-versions: all build-tests ## what needs a server against PostgreSQL 12 to 18, or VERSIONS="12 18"
	@BUILD=$(BUILD) MIGRINIT=$(abspath $(BUILD)/migrinit) VERSIONS="$(VERSIONS)" tests/versions/run.sh "$(PYTEST_ARGS)" $(SERVER_BIN)

# What is most likely to differ: connecting, refusals, bodies of functions, the tools' tables.
QUICK_VERSIONS := test_bootstrap or test_plain or test_tls or test_round_trips or table_as or shape_of
test-versions-quick: ## the oldest and the newest server, and a part of the tests
	+@$(MAKE) --no-print-directory test-versions VERSIONS="12 18" PYTEST_ARGS="-k '$(QUICK_VERSIONS)'"

differential: $(BUILD)/libmigrinit.a ## the statement splitter against psql's own; revisions against Python
	$(SUITE) --one differential env SANITIZE="$(SANITIZE)" CC=$(CC) sh -ec \
	  'for test in splitter revisions; do /usr/bin/python3 -W ignore tests/differential/$$test.py $(BUILD); done'

conformance: all ## folders shared with the real tools, in every order
	@tests/conformance/install.sh
	@tests/conformance/rust/build.sh >/dev/null
	$(SUITE) conformance env -u MIGRINIT_SAMPLES tests/support/both.sh tests/conformance "$(PYTEST_ARGS)"

examples: all ## what is in examples/, as its own files have it
	$(SUITE) examples tests/support/both.sh tests/examples "$(PYTEST_ARGS)"

# How many of a hundred cases each test takes; docs/faults.md.
fault: FAULT_SCALE ?= 6
fault: all build-tests ## cut wires, kills, signals, dead servers, crowds: a sample of all cases
	$(SUITE) fault env FAULT_SCALE=$(FAULT_SCALE) tests/support/both.sh tests/fault "$(PYTEST_ARGS)"
	@grep '^fault ' $(BUILD)/ci/fault.log

fault-long: ## the same with every case: an hour or two
	+@$(MAKE) --no-print-directory fault FAULT_SCALE=100

samples: all ## folders of public projects, checked out below $MIGRINIT_SAMPLES
	@[ -n "$$MIGRINIT_SAMPLES" ] || { echo "samples: set MIGRINIT_SAMPLES, see docs/conformance.md"; exit 1; }
	$(SUITE) samples tests/support/both.sh tests/conformance/test_samples.py "$(PYTEST_ARGS)"

bench: all $(BUILD)/tests/bench/floor ## whole runs against the real tools, psql and a floor of one query
	@/usr/bin/python3 tests/bench/bench.py $(BUILD) $(BENCH_ARGS)

bench-init: all static $(BUILD)/tests/bench/probe ## migrinit as PID 1 beside tini, dumb-init and catatonit
	@/usr/bin/python3 tests/bench/init.py $(BUILD) $(BENCH_ARGS)

$(BUILD)/tests/bench/probe: $(BUILD)/tests/bench/probe.o
	$(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/bench/floor: $(BUILD)/tests/bench/floor.o
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%.o: CPPFLAGS += -Itests

$(BUILD)/libsupport.a: $(SUPPORT_OBJ)
	@mkdir -p $(@D) && rm -f $@
	$(call say,AR) $(AR) rcsD $@ $^

$(TEST_BIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libsupport.a $(BUILD)/libentrypoint.a $(BUILD)/libmigrinit.a
	$(call say,LD) $(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(APP_BIN): $(BUILD)/%: $(BUILD)/%.o
	$(CC) $(LDFLAGS) -o $@ $^

# Never sanitized: it is loaded before everything else. Of the build's own compiler whatever CC is:
# what is static loads nothing.
$(BUILD)/%.so: %.c
	@mkdir -p $(@D)
	$(call say,LD) cc -D_GNU_SOURCE -std=c17 -O2 $(WARNINGS) -fPIC -shared -o $@ $<

$(PAGE_SRC:%.c=$(BUILD)/%): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libentrypoint.a $(BUILD)/libmigrinit.a
	$(call say,LD) $(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

.PHONY: coverage
coverage: ## which lines of lib/ and entrypoint/ the suites run, for each file
	+@BUILD=$(BUILD) tests/support/coverage.sh

# -- fuzzing: libFuzzer's own build of the library, with sanitizers -------------------------------

FUZZ_SRC := $(sort $(wildcard tests/fuzz/*.c))
FUZZ_BIN := $(FUZZ_SRC:%.c=$(BUILD)/%)
SECONDS  := 30

.PHONY: fuzz fuzz-targets
fuzz: ## SECONDS=30 for each of tests/fuzz/*.c, or for TARGETS="split dsn"
	@BUILD=$(BUILD) tests/check/fuzz.sh $(SECONDS) $(TARGETS)

fuzz-targets: $(FUZZ_BIN)

$(FUZZ_BIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libmigrinit.a
	$(call say,LD) $(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# -- checks: each is a script in tests/check/ ----------------------------------------------------

CHECKS := house machine events format shell cppcheck tidy analyzer compilers hardening reproducible valgrind fuzz sanitizers

.PHONY: check $(CHECKS:%=check-%)
check: all ## everything in tests/check: house rules, linters, analyzers, sanitizers
	@failed=0; for check in $(CHECKS); do $(MAKE) --no-print-directory check-$$check || failed=1; \
	done; exit $$failed

$(CHECKS:%=check-%): check-%: compile_commands.json
	$(SUITE) --one check-$* tests/check/$*.sh

# For clang-tidy and for editors.
compile_commands.json: Makefile $(LIB_SRC) $(ENTRY_SRC) $(TEST_SRC) $(SUPPORT_SRC) $(APP_SRC) $(PAGE_SRC) $(PRELOAD_SRC)
	@{ echo '['; comma=''; for file in $(filter %.c,$^); do \
	  printf '%s{"directory": "%s", "file": "%s", "command": "%s -c %s"}\n' \
	    "$$comma" '$(CURDIR)' "$$file" '$(subst ",\",cc $(subst ','\'',$(CPPFLAGS)) -Itests $(CFLAGS))' "$$file"; \
	  comma=','; done; echo ']'; } > $@

# -- the rest ----------------------------------------------------------------------------------

.PHONY: demo docs-machine docs-man format clean help
docs-machine: $(PAGE_SRC:%.c=$(BUILD)/%) ## print docs/state-machine.md from PID 1's table
	@$< > docs/state-machine.md

docs-man: all ## put the settings into man/migrinit.ini.5 as --help has them
	@man/update.sh $(BUILD)/migrinit man/migrinit.ini.5 >$(BUILD)/page && mv $(BUILD)/page man/migrinit.ini.5

demo: all ## a throw-away PostgreSQL, a small app, and migrinit in front of it
	@MIGRINIT=$(abspath $(BUILD)/migrinit) examples/plain/demo.sh

format: ## clang-format every source file in place
	clang-format -i $(wildcard lib/*/*.[ch] entrypoint/*.[ch] static/*.c tests/*/*.[ch] tests/unit/*/*.[ch])

clean: ## remove build/
	rm -rf $(BUILD) compile_commands.json

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  make \1 \t\2/p' Makefile | expand -t 22

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d $(BUILD)/*/*/*/*.d)
