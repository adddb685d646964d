/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "sim/commands/command.h"
#include "sim/engine/streams.h"
#include "sim/scenario/nearest.h"
#include "sim/version.h"

enum { COMMANDS_MAX = 64 };

static void print_help(FILE *out) {
    fputs("essaim " ESS_VERSION
          ": which collective, recovery and placement should machines use that are slow,\n"
          "unequal, far apart and liable to vanish? Answers it by simulation, with the very code "
          "that "
          "is deployed.\n\nUsage: essaim COMMAND [ARGUMENTS]\n\n",
        out);
    for (size_t i = 0; ess_command_registry[i]; i++) {
        fprintf(
            out, "  %-10s %s\n", ess_command_registry[i]->name, ess_command_registry[i]->summary);
    }
    fputs("\nStart here:\n"
          "  essaim run scenarios/flagship.json     compare two all-reduces and two recoveries\n"
          "  essaim list collective                 what can be chosen\n"
          "  essaim COMMAND --help                  what a command does\n\n"
          "Exit status: 0 done, 1 a run or an expectation failed, 2 bad input.\n",
        out);
}

static int unknown_command(const char *word) {
    const char *names[COMMANDS_MAX];
    const char *nearest;
    size_t count = 0;
    for (; count < COMMANDS_MAX && ess_command_registry[count]; count++) {
        names[count] = ess_command_registry[count]->name;
    }
    nearest = ess_name_nearest(word, names, count);
    fprintf(stderr, "essaim: unknown command \"%s\"", word);
    if (nearest) {
        fprintf(stderr, "; did you mean \"%s\"?", nearest);
    }
    fprintf(stderr, "\nTry 'essaim --help'.\n");
    return ESS_EXIT_BAD_INPUT;
}

/* A full disk or a closed pipe must not look like success. */
static int close_output(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return status;
    }
    fprintf(stderr, "essaim: standard output could not be written\n");
    return status == ESS_EXIT_DONE ? ESS_EXIT_FAILED : status;
}

int main(int argc, char **argv) {
    ess_streams_library_errors_off();
    if (argc < 2) {
        print_help(stderr);
        return ESS_EXIT_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return ESS_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("essaim " ESS_VERSION);
        return ESS_EXIT_DONE;
    }
    for (size_t i = 0; ess_command_registry[i]; i++) {
        const struct ess_command_type *command = ess_command_registry[i];
        if (strcmp(command->name, argv[1]) != 0) {
            continue;
        }
        if (ess_command_wants_help(command, argc - 1, argv + 1)) {
            return close_output(ESS_EXIT_DONE);
        }
        return close_output(command->run(argc - 1, argv + 1));
    }
    return unknown_command(argv[1]);
}
