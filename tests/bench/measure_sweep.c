/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sweep spends on a point beside the point itself: two machines that do one step of next to
 * no work, all seeds different.
 *
 *     measure_sweep POINTS JOBS
 *
 * The value is processor seconds of the process that dispatches: building the scenario and its
 * identity, forking, waiting, reading the result and merging it into the database. The points' own
 * processes are not in it, nor is planning, which is `setup_s` as far as it is done here (from 200
 * points on other processes do most of it). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "sim/commands/sweep_plan.h"
#include "sim/commands/sweep_run.h"

static const char scenario[] =
    "{\"name\":\"trivial\",\"duration\":\"1 s\",\"sites\":[{\"name\":\"a\",\"hosts\":[{\"count\":2,"
    "\"gpu\":\"RTX 4090\",\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\"}]}],\"coordinator\":{\"site\":"
    "\"a\"},\"services\":[{\"kind\":\"training\",\"parameters\":1000,\"tokens_per_step\":1,"
    "\"work_per_token\":\"1 FLOP\",\"steps\":1}]}";

static void write_file(const char *folder, const char *name, const char *text) {
    char path[300];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void write_sweep(const char *folder, int points) {
    char text[300];
    snprintf(text, sizeof text,
        "{\"name\":\"dispatch\",\"scenario\":\"trivial.json\",\"vary\":{\"/seed\":{\"from\":1,"
        "\"to\":%d,\"steps\":%d}}}",
        points, points);
    write_file(folder, "trivial.json", scenario);
    write_file(folder, "sweep.json", text);
}

static void remove_folder(const char *folder) {
    pid_t process = fork();
    if (process == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(1);
    }
    waitpid(process, NULL, 0);
}

/* The sweep read, planned and made as a folder; false with a message on stderr. */
static bool make(const char *folder, int64_t jobs, struct ess_point_program *program,
    struct ess_sweep_folder *made) {
    char path[300], out[300], (*hashes)[ESS_SHA256_TEXT_BYTES] = NULL;
    struct ess_diagnostics diagnostics;
    struct ess_sweep *sweep;
    bool good;
    snprintf(path, sizeof path, "%s/sweep.json", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    ess_diagnostics_init(&diagnostics);
    sweep = ess_sweep_read(path, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    good = sweep && ess_point_program_init(program);
    hashes = good ? ess_sweep_plan(program, sweep, jobs) : NULL;
    good = hashes && ess_sweep_folder_make(out, sweep, hashes, program->version) &&
           ess_sweep_folder_open(made, out) && ess_sweep_folder_lock(made);
    free(hashes);
    ess_sweep_free(sweep);
    return good;
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/essaim-bench-XXXXXX";
    int points = argc > 2 ? atoi(argv[1]) : 0;
    int64_t jobs = argc > 2 ? atoi(argv[2]) : 0;
    volatile sig_atomic_t interrupted = 0;
    struct ess_point_program program;
    struct ess_sweep_folder made;
    struct bench_result result = {.operations = points};
    struct ess_sweep_run run = {.program = &program,
        .folder = &made,
        .to = (size_t)points,
        .jobs = jobs,
        .interrupted = &interrupted};
    double begin_s = bench_now_s();
    bool good;
    if (points < 1 || jobs < 1) {
        fprintf(stderr, "usage: measure_sweep POINTS JOBS\n");
        return 2;
    }
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    write_sweep(folder, points);
    good = make(folder, jobs, &program, &made);
    if (good) {
        run.store = ess_sweep_store_open(&made);
        result.setup_s = bench_now_s() - begin_s;
        good = run.store && ess_sweep_run_points(&run) && run.failed == 0;
        result.value = bench_now_s() - begin_s - result.setup_s;
        ess_sweep_store_close(run.store);
        ess_sweep_folder_close(&made);
    }
    remove_folder(folder);
    bench_print(&result);
    return good ? 0 : 1;
}
