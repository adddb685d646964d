/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/command.h"

#include <stdarg.h>
#include <string.h>

int ess_command_wants_help(const struct ess_command_type *command, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(command->help, stdout);
            return 1;
        }
    }
    return 0;
}

int ess_command_misused(const struct ess_command_type *command, const char *format, ...) {
    va_list arguments;
    fprintf(stderr, "essaim %s: ", command->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry 'essaim %s --help'.\n", command->name);
    return ESS_EXIT_BAD_INPUT;
}
