/*
 * entrypoint/metrics - the record of health in Prometheus' text format, version 0.0.4
 *
 * Purity     values in, text out; docs/health.md lists the names
 */
#ifndef MIGRINIT_ENTRYPOINT_METRICS_H
#define MIGRINIT_ENTRYPOINT_METRICS_H

#include "entrypoint/health.h"

enum { METRICS_MAX = 3072 };

/* Gives the length; METRICS_MAX is room for any. */
size_t metrics_write(const struct health *health, char *out, size_t out_size);

#endif
