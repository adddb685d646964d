/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_READER_H
#define ESS_AVAILABILITY_READER_H

/* One trace format, one file reader_<name>.c that ends with its descriptor `ess_reader_<name>`. The
 * build collects them; ess_trace_read (trace.h) chooses one by name or by the first bytes. */

#include "models/availability/builder.h"
#include "models/availability/source.h"

struct ess_reader_type {
    const char *name;
    const char *summary; /* with its limits */
    const char *source;  /* who defines the format */

    /* How surely the first `count` bytes (up to ESS_TRACE_HEAD_BYTES, may end in the middle of a
     * line) are of this format: 0 not at all … 100. */
    int (*recognise)(const char *bytes, int64_t count);

    /* Feed all rows of `source` to `builder`: 0, or -1 with `error` (found, expected) filled. */
    int (*read)(struct ess_trace_source *source, struct ess_trace_builder *builder,
        struct ess_trace_error *error);
};

/* Ends with NULL; in byte order of the file names. */
extern const struct ess_reader_type *const ess_reader_registry[];

#endif
