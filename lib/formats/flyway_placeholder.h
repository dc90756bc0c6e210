/*
 * formats/flyway_placeholder - ${name} in a file of Flyway's
 *
 * Values     those that the session tells (${flyway:user}), then those of [migrate] placeholders,
 *            then FLYWAY_PLACEHOLDERS_<NAME> of the environment; the letter case of a name does not
 *            matter
 * Facts      Flyway 13.0.0, PlaceholderReplacingReader and ParsingContext, read: everywhere,
 *            comments and quotes as well; a name without a value is an error; what begins like the
 *            prefix and is not it is passed over whole, so that "$${x}" stays as it is.
 *            ${flyway:timestamp} is the time of the run, in UTC here, in its own zone there.
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_PLACEHOLDER_H
#define MIGRINIT_FORMATS_FLYWAY_PLACEHOLDER_H

#include "formats/format.h"
#include "formats/replacement.h"

/*
 * *out stays NULL where there is nothing to replace. *awaits_session: a value is not known yet, and
 * its name stands in for it. Errors: ERR_CONFIG with "line:column" of `text`
 */
bool flyway_placeholders_replace(const struct format_options *options, struct slice text,
                                 const char *file_name, struct arena *arena,
                                 struct replacement **out, bool *awaits_session,
                                 struct error *err) MUST_CHECK;

#endif
