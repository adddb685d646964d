/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_NEAREST_H
#define ESS_SCENARIO_NEAREST_H

/* The name a person most likely meant. Distance: optimal string alignment (Damerau 1964,
 * Levenshtein 1966: insert, delete, replace, swap of neighbours, each 1), a change of letter case
 * counting nothing. */

#include <stddef.h>

/* Distance of two names; names longer than 63 bytes are compared by their first 63. O(64 x 64). */
size_t ess_name_distance(const char *left, const char *right);

/* The nearest of `count` names to `wanted`, the first of equally near ones; NULL where none is near
 * enough to be a likely slip: more than 2 edits, or for short names more than a third of the
 * letters, rounded up. NULL entries are passed over. */
const char *ess_name_nearest(const char *wanted, const char *const *names, size_t count);

#endif
