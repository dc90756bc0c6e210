# migrinit - see README.md; `make help` lists the targets

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=

CC         ?= cc
PKG_CONFIG ?= pkg-config
PKGS       := libpq jansson libcrypto inih

# libev ships no .pc file.
LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -lev

WARNINGS := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wvla -Wpointer-arith -Wwrite-strings \
            -Wstrict-prototypes -Wmissing-prototypes -Wimplicit-fallthrough -Wundef \
            -Wno-missing-field-initializers
HARDENING := -fstack-protector-strong -fstack-clash-protection -fPIE \
             -fno-delete-null-pointer-checks -fno-strict-overflow
FORTIFY  ?= -D_FORTIFY_SOURCE=2
OPTIMIZE ?= -O2 -g
SANITIZE ?=

CPPFLAGS += -D_GNU_SOURCE -DMIGRINIT_VERSION='"$(VERSION)"' -Ilib -I. $(FORTIFY) \
            $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
CFLAGS   += -std=c17 $(OPTIMIZE) $(WARNINGS) $(HARDENING) $(SANITIZE)
LDFLAGS  += -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(SANITIZE)

LIB_SRC   := $(sort $(wildcard lib/*/*.c))
ENTRY_SRC := $(sort $(wildcard entrypoint/*.c))
UNIT_SRC  := $(sort $(wildcard tests/unit/*/test_*.c))

LIB_OBJ   := $(LIB_SRC:%.c=$(BUILD)/%.o)
ENTRY_OBJ := $(ENTRY_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN  := $(UNIT_SRC:%.c=$(BUILD)/%)

.PHONY: all clean unit format
all: $(BUILD)/migrinit

$(BUILD)/migrinit: $(ENTRY_OBJ) $(BUILD)/libmigrinit.a
	$(CC) $(LDFLAGS) -o $@ $(ENTRY_OBJ) $(BUILD)/libmigrinit.a $(LIBS)

$(BUILD)/libmigrinit.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

# The entry rooms as an archive, for the unit tests of those that are pure.
$(BUILD)/libentrypoint.a: $(filter-out $(BUILD)/entrypoint/main.o,$(ENTRY_OBJ))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libentrypoint.a $(BUILD)/libmigrinit.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

unit: $(UNIT_BIN)
	@for t in $(UNIT_BIN); do echo "== $$t"; $$t || exit 1; done

format:
	clang-format -i $(wildcard lib/*/*.[ch] entrypoint/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])

clean:
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d $(BUILD)/*/*/*/*.d)
