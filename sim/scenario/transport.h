/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_TRANSPORT_H
#define ESS_SCENARIO_TRANSPORT_H

/* Reading /network/transport: "cubic", or {"name": "cubic", "connections": 4} with settings by the
 * transport's own parameter table. It is physics, not a policy, but read and printed as one. */

#include <stdio.h>

#include "sim/scenario/reader.h"

struct ess_policy_choice;

/* Into a struct ess_policy_choice, which is what `value` is; without a name where `node` is NULL:
 * only the network's model says whether there is a transport at all. */
bool ess_transport_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value);

/* "cubic", the nearest to Linux by the tables of analysis/validation/README.md. */
void ess_transport_take_default(struct ess_reader *reader, struct ess_policy_choice *choice);

/* Whether nothing was read and no default taken. */
bool ess_transport_absent(const void *value);

/* Write it back with every setting. */
void ess_transport_print(FILE *out, int indent, const void *value);

#endif
