/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_TRANSPORT_H
#define ESS_SCENARIO_TRANSPORT_H

/* Reading /network/transport: "cubic", or {"name": "cubic", "connections": 4} with settings by the
 * transport's own parameter table. It is physics, not a policy, but read and printed as one. */

#include <stdio.h>

#include "sim/scenario/reader.h"

/* Into a struct ess_policy_choice, which is what `value` is; "ideal" where `node` is NULL. */
bool ess_transport_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value);

/* Write it back with every setting. */
void ess_transport_print(FILE *out, int indent, const void *value);

#endif
