# LINK=static: everything in one file, with the C library and the libraries of build-deps.sh. Read by
# the Makefile after its own variables.
override CC := $(STATIC_PREFIX)/bin/musl-cc
OPTIMIZE    := -Os -g
FORTIFY     :=
LINKING     := -Wl,--gc-sections,-z,noexecstack,-z,relro,--fatal-warnings -s

# Literals stay with the file that has them, instead of being sorted among OpenSSL's: PID 1 then
# touches few pages, and that many less are resident.
HARDENING := -fstack-protector-strong -fstack-clash-protection -fno-delete-null-pointer-checks \
             -fno-strict-overflow -ffunction-sections -fdata-sections -fno-merge-constants

# The rooms that look at every byte of the migrations, at every start: a third less work for 40 kB.
$(addprefix $(BUILD)/lib/,base/%.o formats/%.o sql/%.o): OPTIMIZE := -O2 -g

LIBRARY_CPPFLAGS :=
LIBRARIES_BUILT  := $(STATIC_PREFIX)/libraries

# In the order in which they lie in memory: what PID 1 runs comes first, at the side of our own code.
LIBS := -lev -linih -ljansson -lc -lpq -lpgcommon_shlib -lpgport_shlib -lssl -lcrypto
