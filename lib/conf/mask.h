/*
 * conf/mask - a text of the settings without the passwords that somebody wrote into it
 *
 * Why here   `migrinit config` prints commands and wait targets, and these may hold a URL or
 *            PGPASSWORD=... A secret of its own row never comes this way: it prints as "****".
 */
#ifndef MIGRINIT_CONF_MASK_H
#define MIGRINIT_CONF_MASK_H

#include "base/arena.h"

/* "psql postgres://app:****@db" and "PGPASSWORD=**** psql". Too much hidden beats too little. */
const char *mask_passwords(const char *text, struct arena *arena);

#endif
