/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_ORIGINS_H
#define ESS_SCENARIO_ORIGINS_H

/* Where each part of a merged document was written: after includes, settings and comparisons a
 * value at /sites/0 may come from another file, the command line, or /compare. Messages name that
 * place. */

#include <stddef.h>

#include "sim/scenario/store.h"

struct ess_origin {
    const char *pointer; /* in the merged document */
    const char *file;    /* as shown */
    const char *shown;   /* the pointer to show in place of `pointer`; usually equal */
};

/* A later entry hides an earlier one at and below its pointer. */
struct ess_origins {
    struct ess_store *store; /* owns the entries */
    struct ess_origin *entries;
    size_t count;
    size_t capacity;
};

void ess_origins_init(struct ess_origins *origins, struct ess_store *store);

/* A copy that can grow on its own, in `store`; it shares the texts. */
void ess_origins_copy(
    const struct ess_origins *from, struct ess_store *store, struct ess_origins *to);

/* Everything at and below `pointer` was written in `file` at `shown` (texts are kept by reference).
 */
void ess_origins_add(
    struct ess_origins *origins, const char *pointer, const char *file, const char *shown);

/* The file and the pointer to show for `pointer`; in memory of `store` or of the origins.
 * O(entries). */
void ess_origins_find(const struct ess_origins *origins, const char *pointer,
    struct ess_store *store, const char **file, const char **shown);

#endif
