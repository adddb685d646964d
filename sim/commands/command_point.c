/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/commands/options.h"
#include "sim/commands/sweep_run.h"

extern const struct ess_command_type ess_command_point;

enum { PREFIX_LEAST = 6 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
    interrupted = number;
}

/* A number, or the first digits of a hash. */
static bool find_point(const struct ess_sweep_folder *folder, const char *text, size_t *point) {
    size_t length = strlen(text), count = folder->sweep->point_count, found = SIZE_MAX;
    if (length > 0 && length < 8 && strspn(text, "0123456789") == length) {
        *point = strtoul(text, NULL, 10);
        return *point < count || !fprintf(stderr, "%s: expected a point below %zu, found %s\n",
                                     folder->path, count, text);
    }
    for (size_t i = 0; i < count && length >= PREFIX_LEAST; i++) {
        if (folder->first[i] == i && strncmp(folder->hashes[i], text, length) == 0) {
            if (found != SIZE_MAX) {
                fprintf(stderr, "%s: more than one point begins with %s\n", folder->path, text);
                return false;
            }
            found = i;
        }
    }
    *point = found;
    return found != SIZE_MAX ||
           !fprintf(stderr,
               "%s: expected a point's number or at least %d digits of its hash, "
               "found \"%s\"\n",
               folder->path, PREFIX_LEAST, text);
}

/* In this very process and with its messages on the terminal: to look at a failure. */
static int replay(struct ess_point_program *program, const struct ess_sweep_folder *folder,
    const char *text, bool limited) {
    struct ess_sweep_result *result;
    size_t point;
    if (!find_point(folder, text, &point)) {
        return ESS_EXIT_BAD_INPUT;
    }
    result = ess_sweep_run_here(program, folder, point, limited);
    if (!result) {
        return ESS_EXIT_FAILED;
    }
    ess_sweep_result_write(result, stdout);
    ess_sweep_result_free(result);
    return fflush(stdout) == 0 ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

/* A task of a job array: what is missing of its share; nothing is merged. */
static int run_task(struct ess_point_program *program, const struct ess_sweep_folder *folder,
    int64_t chunk, int64_t task, int64_t jobs) {
    struct sigaction action = {.sa_handler = on_interrupt};
    size_t count = folder->sweep->point_count, from = (size_t)chunk * (size_t)task;
    struct ess_sweep_run run = {
        .program = program,
        .folder = folder,
        .from = from,
        .to = from + (size_t)chunk < count ? from + (size_t)chunk : count,
        .jobs = jobs,
        .interrupted = &interrupted,
    };
    if (from >= count) {
        fprintf(stderr, "%s: there is no task %" PRId64 " of %" PRId64 " points\n", folder->path,
            task, chunk);
        return ESS_EXIT_BAD_INPUT;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to tell, not an end */
    return ess_sweep_run_points(&run) && run.failed == 0 ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

static int run(int argc, char **argv) {
    struct ess_option options[] = {{.name = "chunk", .takes_value = true},
        {.name = "task", .takes_value = true}, {.name = "jobs", .takes_value = true},
        {.name = "no-limits"}, {.name = NULL}};
    struct ess_operands operands;
    struct ess_sweep_folder folder;
    struct ess_point_program program;
    int64_t chunk = 0, task = -1, jobs = 1;
    int status = ESS_EXIT_BAD_INPUT;
    if (!ess_options_parse(&ess_command_point, argc, argv, options, &operands) ||
        !ess_option_number(&ess_command_point, options, "chunk", 1, ESS_SWEEP_POINTS_MAX, &chunk) ||
        !ess_option_number(&ess_command_point, options, "task", 0, ESS_SWEEP_POINTS_MAX, &task) ||
        !ess_option_number(&ess_command_point, options, "jobs", 1, 256, &jobs)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if ((chunk > 0) != (task >= 0) || operands.count != (chunk > 0 ? 1 : 2)) {
        return ess_command_misused(&ess_command_point,
            "expected a sweep's folder and a point, or a folder with --chunk and --task");
    }
    if (!ess_sweep_folder_open(&folder, operands.values[0])) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (ess_point_program_init(&program)) {
        status = chunk > 0 ? run_task(&program, &folder, chunk, task, jobs)
                           : replay(&program, &folder, operands.values[1],
                                 ess_option(options, "no-limits")->count == 0);
        ess_point_program_fini(&program);
    }
    ess_sweep_folder_close(&folder);
    return status;
}

const struct ess_command_type ess_command_point = {
    .name = "point",
    .summary = "run one point of a sweep again, or a job array's share of them",
    .help = "Usage: essaim point DIR POINT [--no-limits]\n"
            "       essaim point DIR --chunk N --task K [--jobs N]\n"
            "\n"
            "The first form runs one point of the sweep in DIR in this process, under the sweep's\n"
            "limits, and prints its result; nothing is stored. POINT is its number or the first\n"
            "digits of its hash; both stand in 'essaim sweep status DIR'. So a crash is replayed,\n"
            "under a debugger if need be.\n"
            "\n"
            "The second form is what a task of a job array does: it runs the missing ones among\n"
            "points K x N .. (K + 1) x N - 1 and puts their results into DIR, for 'essaim sweep\n"
            "merge DIR' to merge.\n"
            "\n"
            "  --no-limits  without the sweep's limits on memory and time\n"
            "  --chunk N    points a task\n"
            "  --task K     number of the task, from 0\n"
            "  --jobs N     processes at a time; default 1\n"
            "\n"
            "Exit status: 0 done, 1 a point failed or is missing, 2 bad input.\n"
            "Example: essaim point results/sweep-hierarchy 17\n",
    .run = run,
};
