/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_CHOICE_H
#define ESS_SCENARIO_CHOICE_H

/* Reading a choice of policy: "ring", or {"name": "ring", "chunk": "1 MiB"} with settings by the
 * piece's own parameter table. */

#include <stdio.h>

#include "sim/scenario/policies.h"
#include "sim/scenario/reader.h"

/* Read /policies (NULL: absent) into an array of ESS_POLICY_KIND_COUNT choices, which is what
 * `value` is. */
bool ess_policies_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value);

/* Write them back with every setting. */
void ess_policies_print(FILE *out, int indent, const void *value);

/* One of them, as an object with its name and every setting. */
void ess_choice_print(FILE *out, int indent, const struct ess_policy_choice *choice);

/* Read the members of `object` (other than "name") by a parameter table into `settings`, which is
 * filled with the defaults first. `title` is for messages: "collective \"ring\"". */
bool ess_parameters_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *object, const struct ess_parameter *table, const char *title,
    void *settings);

/* The dimension of a parameter. */
enum ess_dimension ess_parameter_dimension(const struct ess_parameter *parameter);

#endif
