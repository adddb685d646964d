/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_READER_H
#define ESS_SCENARIO_READER_H

/* What every function that reads a part of a scenario needs, and how it says what is wrong. */

#include <stdint.h>

#include "sim/scenario/diagnostics.h"
#include "sim/scenario/json.h"
#include "sim/scenario/origins.h"
#include "sim/scenario/place.h"
#include "sim/scenario/store.h"
#include "sim/scenario/units.h"

struct ess_reader {
    struct ess_store *store; /* owns all that is read */
    const struct ess_origins *origins;
    struct ess_diagnostics *diagnostics;
    size_t errors; /* said through this reader, duplicates included */
};

/* An error at `place`: `expected` as printf makes it. `found` and `nearest` (may be NULL) are taken
 * as they are. */
void ess_reader_complain(struct ess_reader *reader, const struct ess_place *place,
    const char *found, const char *nearest, const char *expected_format, ...)
    __attribute__((format(printf, 5, 6)));

/* The same with a pointer in place of a place. */
void ess_reader_complain_at(struct ess_reader *reader, const char *pointer, const char *found,
    const char *nearest, const char *expected_format, ...) __attribute__((format(printf, 5, 6)));

/* A node for a message: "text" in quotes, a number, true, null, an object, an array. */
const char *ess_reader_describe(struct ess_reader *reader, const struct ess_tree *node);

/* A number of `dimension` between `minimum` and `maximum` inclusive, in base units: text with a
 * unit, or for ESS_DIMENSION_NUMBER a bare number, which must be whole where `whole` is set. Values
 * that are held as integers (`whole`, times, sizes) are rounded to the nearest. On false, the
 * reason is in the diagnostics. */
bool ess_read_number(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_dimension dimension, bool whole, double minimum,
    double maximum, double *value);

/* true or false, to 1 or 0. */
bool ess_read_boolean(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, int64_t *value);

/* Text that is not empty, copied into the reader's store. */
bool ess_read_text(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, const char **text);

/* One of `count` names, as its index. */
bool ess_read_choice(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, const char *const *names, size_t count, size_t *index);

/* An error unless `node` is an object (or an array). */
bool ess_read_kind(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_tree_kind kind);

#endif
