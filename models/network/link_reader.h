/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_LINK_READER_H
#define ESS_MODELS_NETWORK_LINK_READER_H

/* One format of link traces, one file link_reader_<name>.c that ends with its descriptor
 * `ess_link_reader_<name>`. The build collects them; ess_link_trace_read (link_trace.h) chooses one
 * by name or by the first bytes. */

#include "models/availability/source.h"
#include "models/availability/text.h"
#include "models/network/link_trace.h"

/* What a reader writes into. */
struct ess_link_builder {
    struct ess_link_step *steps;
    int64_t count, capacity;
    int64_t rows_read;
    struct ess_trace_error *error;
};

struct ess_link_reader_type {
    const char *name;
    const char *summary; /* with its limits */
    const char *source;  /* who defines the format */
    bool uses_bin;       /* lists single packets, which are averaged over a time */

    /* How surely the first `count` bytes (may end in the middle of a line) are of this format: 0
     * not at all … 100. */
    int (*recognise)(const char *bytes, int64_t count);

    /* Feed all of `source` to `builder`: 0, or -1 with the builder's error filled. */
    int (*read)(struct ess_trace_source *source, int64_t bin_ns, struct ess_link_builder *builder);
};

/* Ends with NULL; in byte order of the file names. */
extern const struct ess_link_reader_type *const ess_link_reader_registry[];

/* The reader of that name, or NULL. */
const struct ess_link_reader_type *ess_link_reader_find(const char *name);

/* From `start_ns` on the link has this capacity and delay; starts rise strictly, the first is 0.
 * The last one ends the trace. 0, or -1 with the error filled. Amortised O(1). */
int ess_link_builder_step(
    struct ess_link_builder *builder, int64_t start_ns, double bytes_per_s, int64_t delay_ns);

/* A decimal number from 0 to 4e9, in billionths, or -1 with the error filled: `what` is expected.
 * Read without floating point, so that it is the same everywhere. */
int ess_link_decimal(
    struct ess_link_builder *builder, struct ess_text field, const char *what, int64_t *billionths);

#endif
