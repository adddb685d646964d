/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_OPTIONS_H
#define ESS_COMMANDS_OPTIONS_H

/* Long options from a table: "--name VALUE", "--name=VALUE" or "--name" for a flag. What does not
 * begin with
 * "--" is an operand; after "--" everything is. */

#include <stdbool.h>
#include <stdint.h>

#include "sim/commands/command.h"

enum { ESS_OPTION_VALUES_MAX = 64 };

struct ess_option {
    const char *name; /* without the dashes; NULL ends a table */
    bool takes_value;
    /* Results. */
    int count; /* times given */
    const char *values[ESS_OPTION_VALUES_MAX];
};

struct ess_operands {
    const char *values[ESS_OPTION_VALUES_MAX];
    int count;
};

/* Fill table and operands. On an unknown option, a missing or superfluous value or too many of
 * them: a message (with the nearest name) and false. */
bool ess_options_parse(const struct ess_command_type *command, int argc, char **argv,
    struct ess_option *table, struct ess_operands *operands);

/* The option of that name (asserted to exist). */
const struct ess_option *ess_option(const struct ess_option *table, const char *name);

/* Its last value, or `fallback`. */
const char *ess_option_value(
    const struct ess_option *table, const char *name, const char *fallback);

/* Its last value as a whole number in [least, most]; false and a message otherwise. Leaves *number
 * as it is where the option was not given. */
bool ess_option_number(const struct ess_command_type *command, const struct ess_option *table,
    const char *name, int64_t least, int64_t most, int64_t *number);

#endif
