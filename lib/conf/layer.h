/*
 * conf/layer - laying one layer of settings over those below; the inside of conf/config
 *
 * Use        layer_defaults, layer_ini, layer_environment, layer_flags, in this order; then
 *            builder->config without its steps' end, which conf/config finishes.
 * Errors     as conf/config tells; each layer puts where the value stands before the message
 */
#ifndef MIGRINIT_CONF_LAYER_H
#define MIGRINIT_CONF_LAYER_H

#include "conf/config.h"

struct builder {
    const struct config_sources *sources;
    struct arena *arena;
    struct error *err;
    struct config config;
    size_t step_capacity;
    struct step unnamed; /* [migrate], whether or not it becomes a step */
    size_t unnamed_at;   /* its place among the steps */
};

bool layer_defaults(struct builder *builder) MUST_CHECK;
bool layer_ini(struct builder *builder) MUST_CHECK;
bool layer_environment(struct builder *builder) MUST_CHECK;
bool layer_flags(struct builder *builder) MUST_CHECK;

/* A step with its defaults. */
bool step_init(struct builder *builder, const char *name, struct step *step) MUST_CHECK;

/* A text as its row takes it: without what an env file leaves around it. */
struct slice layer_tidy(const struct option *option, struct slice text);

/* Lay one value over what is there. `step` matters only to rows of a step. */
bool layer_lay(struct builder *builder, struct step *step, const struct option *option,
               struct slice text, struct origin origin) MUST_CHECK;

/* The same with the text that stands in a file. */
bool layer_lay_file(struct builder *builder, struct step *step, const struct option *option,
                    struct slice path, struct origin origin) MUST_CHECK;

/* Where the row's value came from. */
struct origin *layer_origin(struct builder *builder, struct step *step,
                            const struct option *option);

#endif
