/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/options.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"

static struct ess_option *find(struct ess_option *table, const char *name, size_t length) {
    for (struct ess_option *option = table; option->name; option++) {
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0) {
            return option;
        }
    }
    return NULL;
}

static void complain_of(
    const struct ess_command_type *command, const struct ess_option *table, const char *text) {
    const char *names[32] = {"help"};
    size_t count = 1;
    const char *nearest;
    for (const struct ess_option *option = table; option->name && count < 32; option++) {
        names[count++] = option->name;
    }
    nearest = ess_name_nearest(text, names, count);
    if (nearest) {
        ess_command_misused(command, "unknown option --%s; did you mean --%s?", text, nearest);
    } else {
        ess_command_misused(command, "unknown option --%s", text);
    }
}

static bool take(
    const struct ess_command_type *command, struct ess_option *option, const char *value) {
    if (option->count == ESS_OPTION_VALUES_MAX) {
        ess_command_misused(
            command, "--%s given more than %d times", option->name, ESS_OPTION_VALUES_MAX);
        return false;
    }
    option->values[option->count++] = value;
    return true;
}

static bool take_operand(
    const struct ess_command_type *command, struct ess_operands *operands, const char *value) {
    if (operands->count == ESS_OPTION_VALUES_MAX) {
        ess_command_misused(command, "more than %d files", ESS_OPTION_VALUES_MAX);
        return false;
    }
    operands->values[operands->count++] = value;
    return true;
}

static bool parse_option(const struct ess_command_type *command, struct ess_option *table, int argc,
    char **argv, int *index) {
    const char *text = argv[*index] + 2;
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    struct ess_option *option = find(table, text, length);
    if (!option) {
        complain_of(command, table, text);
        return false;
    }
    if (!option->takes_value) {
        if (equals) {
            ess_command_misused(command, "--%s takes no value", option->name);
            return false;
        }
        return take(command, option, "");
    }
    if (equals) {
        return take(command, option, equals + 1);
    }
    if (*index + 1 == argc) {
        ess_command_misused(command, "--%s needs a value", option->name);
        return false;
    }
    return take(command, option, argv[++*index]);
}

bool ess_options_parse(const struct ess_command_type *command, int argc, char **argv,
    struct ess_option *table, struct ess_operands *operands) {
    bool only_operands = false;
    operands->count = 0;
    for (int i = 1; i < argc; i++) {
        bool ok;
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
            continue;
        }
        ok = only_operands || strncmp(argv[i], "--", 2) != 0
                 ? take_operand(command, operands, argv[i])
                 : parse_option(command, table, argc, argv, &i);
        if (!ok) {
            return false;
        }
    }
    return true;
}

const struct ess_option *ess_option(const struct ess_option *table, const char *name) {
    while (strcmp(table->name, name) != 0) {
        table++;
        assert(table->name);
    }
    return table;
}

const char *ess_option_value(
    const struct ess_option *table, const char *name, const char *fallback) {
    const struct ess_option *option = ess_option(table, name);
    return option->count > 0 ? option->values[option->count - 1] : fallback;
}

bool ess_option_number(const struct ess_command_type *command, const struct ess_option *table,
    const char *name, int64_t least, int64_t most, int64_t *number) {
    const char *text = ess_option_value(table, name, NULL);
    char *end;
    long long value;
    if (!text) {
        return true;
    }
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno || *text == '\0' || *end || value < least || value > most) {
        ess_command_misused(command,
            "--%s: expected a whole number from %" PRId64 " to %" PRId64 ", found \"%s\"", name,
            least, most, text);
        return false;
    }
    *number = value;
    return true;
}
