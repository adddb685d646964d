/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_COMPARE_H
#define ESS_SCENARIO_COMPARE_H

/* `"compare": {"/policies/collective": ["ring", "hierarchical"], …}`: each combination of the
 * values is a variant of the scenario. The order is that of the file, the last pointer varying
 * fastest; a variant's name is its values joined by ", ". */

#include "sim/scenario/reader.h"
#include "sim/scenario/scenario.h"

struct ess_comparison_axis {
    const char *pointer;
    const struct ess_tree **values; /* nodes of the tree that was read */
    const char **labels;            /* as in names of variants */
    size_t count;
};

struct ess_comparison {
    struct ess_comparison_axis *axes;
    size_t axis_count;
    size_t variant_count; /* 1 where nothing is compared */
    const char **names;   /* of the variants; of a single one: `fallback_name` below */
};

/* Read `node` (NULL: absent; it must outlive the comparison). `fixed` are pointers that the command
 * line has set, which may not be varied too. False after a complaint. */
bool ess_comparison_read(struct ess_reader *reader, const struct ess_tree *node,
    const char *const *fixed, size_t fixed_count, const char *fallback_name,
    struct ess_comparison *comparison);

/* Write the values of variant `index` into `root` and note where they came from; `choices` (one for
 * each axis) says what they are. False after a complaint. */
bool ess_comparison_apply(const struct ess_comparison *comparison, size_t index,
    struct ess_reader *reader, struct ess_tree *root, struct ess_origins *origins,
    struct ess_scenario_choice *choices);

#endif
