/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/commands/options.h"
#include "sim/commands/sweep_merge.h"
#include "sim/commands/sweep_plan.h"
#include "sim/commands/sweep_run.h"
#include "sim/commands/sweep_slurm.h"
#include "sim/commands/sweep_status.h"

extern const struct ess_command_type ess_command_sweep;

/* One `essaim sweep`. */
struct session {
    const char *out;
    char default_out[PATH_MAX];
    bool quiet, dry, slurm, print_script, retry_failed;
    int64_t jobs;
    struct ess_sweep_cluster cluster;
    struct ess_point_program program;
    struct ess_sweep_folder folder;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
    interrupted = number;
}

/* ---- running ----------------------------------------------------------------------------------
 */

static int report(const struct session *session, const struct ess_sweep_run *run, bool whole) {
    const char *path = session->folder.path;
    size_t missing = run->wanted - run->done - run->failed;
    if (interrupted) {
        fprintf(stderr, "interrupted: ");
    }
    if (run->wanted == 0 && whole && !session->quiet) {
        fprintf(stderr, "nothing is missing; results in %s\n", path);
    } else if (!session->quiet || !whole) {
        fprintf(stderr, "%zu of %zu points done, %zu of them failed", run->done + run->failed,
            run->wanted, run->failed);
        if (run->killed > 0) {
            fprintf(stderr, ", %zu were killed from outside", run->killed);
        }
        fprintf(stderr, "; results in %s\n", path);
    }
    if (missing > 0) {
        fprintf(stderr, "go on with: essaim sweep resume %s\n", path);
    }
    if (run->failed > 0) {
        fprintf(stderr, "see why: essaim sweep status %s\n", path);
    }
    return whole && run->failed == 0 ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

/* Failed points are missing again: their records are kept beside. */
static bool forget_failed(const struct session *session, struct ess_sweep_store *store) {
    const struct ess_sweep_folder *folder = &session->folder;
    bool good = ess_sweep_store_begin(store);
    for (size_t point = 0; good && point < folder->sweep->point_count; point++) {
        struct ess_diagnostics diagnostics;
        enum ess_sweep_point_state state;
        ess_diagnostics_init(&diagnostics);
        state = ess_sweep_folder_read(folder, folder->first[point], NULL, &diagnostics);
        ess_diagnostics_fini(&diagnostics);
        if (state == ESS_SWEEP_POINT_FAILED) {
            good = ess_sweep_store_remove(store, point);
        }
    }
    good = good && ess_sweep_store_commit(store);
    for (size_t point = 0; good && point < folder->sweep->point_count; point++) {
        struct ess_diagnostics diagnostics;
        ess_diagnostics_init(&diagnostics);
        if (ess_sweep_folder_read(folder, point, NULL, &diagnostics) == ESS_SWEEP_POINT_FAILED) {
            good = ess_sweep_folder_set_aside(folder, point, ".failed") == 0;
        }
        ess_diagnostics_fini(&diagnostics);
    }
    return good;
}

static int run_with_store(struct session *session, struct ess_sweep_store *store) {
    struct sigaction action = {.sa_handler = on_interrupt};
    bool tell = !session->quiet && isatty(STDERR_FILENO);
    struct ess_sweep_run run = {
        .program = &session->program,
        .folder = &session->folder,
        .store = store,
        .to = session->folder.sweep->point_count,
        .jobs = session->jobs,
        .progress = tell ? stderr : NULL,
        .interrupted = &interrupted,
    };
    bool whole;
    if ((session->retry_failed && !forget_failed(session, store)) ||
        !ess_sweep_merge(&session->folder, store)) {
        return ESS_EXIT_FAILED;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    whole = ess_sweep_run_points(&run);
    if (!run.stopped && !ess_sweep_merge(&session->folder, store)) {
        whole = false;
    }
    if (whole) {
        ess_sweep_folder_sweep_partial(&session->folder);
    }
    return report(session, &run, whole);
}

static int run_local(struct session *session) {
    struct ess_sweep_store *store;
    int status;
    if (!ess_sweep_folder_lock(&session->folder)) {
        return ESS_EXIT_BAD_INPUT;
    }
    store = ess_sweep_store_open(&session->folder);
    if (!store) {
        return ESS_EXIT_BAD_INPUT;
    }
    status = run_with_store(session, store);
    ess_sweep_store_close(store);
    return status;
}

static int conduct(struct session *session) {
    if (strcmp(session->folder.sweep->origin.version, session->program.version) != 0) {
        fprintf(stderr,
            "%s: was made by version %s and this is %s; their results are not mixed: begin a new "
            "sweep with another --out\n",
            session->folder.path, session->folder.sweep->origin.version, session->program.version);
        return ESS_EXIT_BAD_INPUT;
    }
    if (session->print_script) {
        return ess_sweep_print_scripts(&session->folder, &session->cluster, stdout);
    }
    return session->slurm ? ess_sweep_submit(&session->folder, &session->cluster)
                          : run_local(session);
}

/* ---- the four forms ---------------------------------------------------------------------------
 */

static void name_folder(struct session *session, const char *name) {
    size_t at = (size_t)snprintf(
        session->default_out, sizeof session->default_out, "results/sweep-%.200s", name);
    for (size_t i = strlen("results/"); i < at; i++) {
        unsigned char letter = (unsigned char)session->default_out[i];
        if (!isalnum(letter) && !strchr("-_.", letter)) {
            session->default_out[i] = '-';
        }
    }
    session->out = session->default_out;
}

static void say_how_many(const struct session *session, const struct ess_sweep *sweep) {
    size_t product = 1;
    if (session->quiet) {
        return;
    }
    for (size_t i = 0; i < sweep->axis_count; i++) {
        product *= sweep->axes[i].count;
    }
    fprintf(stderr, "%s: %zu points", sweep->name, sweep->point_count);
    if (product > sweep->point_count) {
        fprintf(stderr, " (%zu excluded)", product - sweep->point_count);
    }
    if (sweep->replications > 0) {
        fprintf(stderr, " x %" PRId64 " replications = %" PRId64 " runs", sweep->replications,
            sweep->replications * (int64_t)sweep->point_count);
    } else {
        fprintf(stderr, ", replications as the scenario says");
    }
    fputc('\n', stderr);
}

static int start(struct session *session, const char *path) {
    char(*hashes)[ESS_SHA256_TEXT_BYTES] = NULL;
    int status = ESS_EXIT_BAD_INPUT;
    struct ess_diagnostics diagnostics;
    struct ess_sweep *sweep;
    ess_diagnostics_init(&diagnostics);
    sweep = ess_sweep_read(path, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    if (!sweep || !ess_point_program_init(&session->program)) {
        ess_sweep_free(sweep);
        return ESS_EXIT_BAD_INPUT;
    }
    say_how_many(session, sweep);
    if (!session->out) {
        name_folder(session, sweep->name);
    }
    hashes = ess_sweep_plan(&session->program, sweep, session->jobs);
    if (hashes && session->dry) {
        status = ESS_EXIT_DONE;
    } else if (hashes &&
               ess_sweep_folder_make(session->out, sweep, hashes, session->program.version) &&
               ess_sweep_folder_open(&session->folder, session->out)) {
        /* The file's limits hold, also where the folder was made with others. */
        session->folder.sweep->memory_bytes = sweep->memory_bytes;
        session->folder.sweep->wall_ns = sweep->wall_ns;
        status = conduct(session);
        ess_sweep_folder_close(&session->folder);
    }
    free(hashes);
    ess_sweep_free(sweep);
    return status;
}

static int resume(struct session *session, const char *path) {
    int status;
    if (!ess_sweep_folder_open(&session->folder, path)) {
        return ESS_EXIT_BAD_INPUT;
    }
    status = ess_point_program_init(&session->program) ? conduct(session) : ESS_EXIT_FAILED;
    ess_sweep_folder_close(&session->folder);
    return status;
}

static int merge(struct session *session, const char *path) {
    struct ess_sweep_store *store = NULL;
    bool good =
        ess_sweep_folder_open(&session->folder, path) && ess_sweep_folder_lock(&session->folder);
    if (good) {
        store = ess_sweep_store_open(&session->folder);
        good = store && ess_sweep_merge(&session->folder, store);
        ess_sweep_store_close(store);
    }
    ess_sweep_folder_close(&session->folder);
    return good ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

static int status(const char *path) {
    struct ess_sweep_folder folder;
    int result;
    if (!ess_sweep_folder_open(&folder, path)) {
        return ESS_EXIT_BAD_INPUT;
    }
    result = ess_sweep_print_status(&folder, stdout);
    ess_sweep_folder_close(&folder);
    return result;
}

/* ---- arguments --------------------------------------------------------------------------------
 */

static bool is_plain(const char *name, const char *text) {
    for (const char *at = text; at && *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("-_.:,", *at)) {
            ess_command_misused(
                &ess_command_sweep, "--%s: unexpected character in \"%s\"", name, text);
            return false;
        }
    }
    return true;
}

static bool take_options(struct session *session, struct ess_option *options) {
    session->jobs = sysconf(_SC_NPROCESSORS_ONLN);
    session->out = ess_option_value(options, "out", NULL);
    session->quiet = ess_option(options, "quiet")->count > 0;
    session->dry = ess_option(options, "dry-run")->count > 0;
    session->slurm = ess_option(options, "slurm")->count > 0;
    session->print_script = ess_option(options, "print-script")->count > 0;
    session->retry_failed = ess_option(options, "retry-failed")->count > 0;
    session->cluster.partition = ess_option_value(options, "partition", NULL);
    session->cluster.time = ess_option_value(options, "time", NULL);
    return ess_option_number(&ess_command_sweep, options, "jobs", 1, 256, &session->jobs) &&
           ess_option_number(&ess_command_sweep, options, "chunk", 1, ESS_SWEEP_POINTS_MAX,
               &session->cluster.chunk) &&
           is_plain("partition", session->cluster.partition) &&
           is_plain("time", session->cluster.time);
}

static int choose(struct session *session, const struct ess_operands *operands) {
    const char *first = operands->count > 0 ? operands->values[0] : "";
    const char *second = operands->count > 1 ? operands->values[1] : NULL;
    if (operands->count == 2 && strcmp(first, "status") == 0) {
        return status(second);
    }
    if (operands->count == 2 && strcmp(first, "resume") == 0) {
        return resume(session, second);
    }
    if (operands->count == 2 && strcmp(first, "merge") == 0) {
        return merge(session, second);
    }
    if (operands->count == 1) {
        return start(session, first);
    }
    return ess_command_misused(&ess_command_sweep,
        "expected a sweep file, or one of status, resume and merge with a folder");
}

static int run(int argc, char **argv) {
    struct ess_option options[] = {{.name = "jobs", .takes_value = true},
        {.name = "out", .takes_value = true}, {.name = "partition", .takes_value = true},
        {.name = "time", .takes_value = true}, {.name = "chunk", .takes_value = true},
        {.name = "slurm"}, {.name = "print-script"}, {.name = "retry-failed"}, {.name = "dry-run"},
        {.name = "quiet"}, {.name = NULL}};
    static const struct session none;
    struct session session = none;
    struct ess_operands operands;
    int result;
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to tell, not an end */
    if (!ess_options_parse(&ess_command_sweep, argc, argv, options, &operands) ||
        !take_options(&session, options)) {
        return ESS_EXIT_BAD_INPUT;
    }
    result = choose(&session, &operands);
    ess_point_program_fini(&session.program);
    return result;
}

const struct ess_command_type ess_command_sweep = {
    .name = "sweep",
    .summary = "run a scenario at every combination of some fields' values, here or on a cluster",
    .help =
        "Usage: essaim sweep SWEEP.json [OPTIONS]\n"
        "       essaim sweep status DIR\n"
        "       essaim sweep resume DIR [OPTIONS]\n"
        "       essaim sweep merge DIR\n"
        "\n"
        "Runs every point of the sweep (scenarios/sweeps/README.md describes the file), each in a\n"
        "process of its own with limits on memory and time. Checks all of them and says how many\n"
        "before it begins. A point that crashes is recorded with its reason and stops nothing "
        "else.\n"
        "Whatever is interrupted or killed, what is done is kept, and 'resume' runs what is "
        "missing;\n"
        "so does the first form, given the same sweep and folder. A point's identity is a hash of "
        "its\n"
        "scenario with every default, its seed and the program: nothing runs twice, nothing stale "
        "is\n"
        "used. All results end in DIR/results.sqlite; see 'essaim results'.\n"
        "\n"
        "  --jobs N          points at a time; default: all processors\n"
        "  --out DIR         the sweep's folder; default: results/sweep-NAME\n"
        "  --dry-run         check every point, say how many, run nothing\n"
        "  --retry-failed    run also the points that failed\n"
        "  --slurm           submit a job array and a job that merges, with sbatch\n"
        "  --partition NAME  of the cluster, as for sbatch\n"
        "  --time TIME       limit of an array's task, as for sbatch\n"
        "  --chunk N         points a task of the array; default: at most 500 tasks\n"
        "  --print-script    print the scripts of array and merge for another scheduler\n"
        "  --quiet           no progress, no closing line\n"
        "\n"
        "Exit status: 0 done, 1 a point failed or is missing, 2 bad input.\n"
        "Examples: essaim sweep scenarios/sweeps/hierarchy.json\n"
        "          essaim sweep resume results/sweep-hierarchy --slurm --time 30 --chunk 20\n",
    .run = run,
};
