/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "sim/commands/sweep_slurm.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/commands/command.h"

enum { TASKS_WANTED = 500, NAME_BYTES = 128 };

struct place {
    char program[PATH_MAX], folder[PATH_MAX], here[PATH_MAX];
};

/* What the machines that run tasks need to know of this one, as absolute paths. */
static bool find_place(const struct ess_sweep_folder *folder, struct place *place) {
    if (!realpath("/proc/self/exe", place->program) || !realpath(folder->path, place->folder) ||
        !getcwd(place->here, sizeof place->here)) {
        fprintf(stderr, "%s: %s\n", folder->path, strerror(errno));
        return false;
    }
    return true;
}

/* One word for the shell, in single quotes. */
static void print_quoted(FILE *out, const char *text) {
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*text, out);
        }
    }
    fputc('\'', out);
}

static size_t chunk_of(
    const struct ess_sweep_folder *folder, const struct ess_sweep_cluster *cluster) {
    size_t points = folder->sweep->point_count;
    return cluster->chunk > 0 ? (size_t)cluster->chunk : (points + TASKS_WANTED - 1) / TASKS_WANTED;
}

static size_t task_count(
    const struct ess_sweep_folder *folder, const struct ess_sweep_cluster *cluster) {
    size_t chunk = chunk_of(folder, cluster);
    return (folder->sweep->point_count + chunk - 1) / chunk;
}

static bool task_has_missing(const struct ess_sweep_folder *folder, size_t task, size_t chunk) {
    size_t count = folder->sweep->point_count;
    for (size_t point = task * chunk; point < count && point < (task + 1) * chunk; point++) {
        if (folder->first[point] == point && !ess_sweep_folder_has(folder, point)) {
            return true;
        }
    }
    return false;
}

/* "0-3,7": the tasks with missing points. Returns how many. */
static size_t print_tasks(
    const struct ess_sweep_folder *folder, const struct ess_sweep_cluster *cluster, FILE *out) {
    size_t chunk = chunk_of(folder, cluster), tasks = task_count(folder, cluster), count = 0;
    for (size_t task = 0; task < tasks; task++) {
        size_t last = task;
        if (!task_has_missing(folder, task, chunk)) {
            continue;
        }
        while (last + 1 < tasks && task_has_missing(folder, last + 1, chunk)) {
            last++;
        }
        fprintf(out, count ? ",%zu" : "%zu", task);
        if (last > task) {
            fprintf(out, "-%zu", last);
        }
        count += last - task + 1;
        task = last;
    }
    return count;
}

static void print_environment(FILE *out, const struct place *place) {
    const char *const names[] = {"ESSAIM_DATA"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value) {
            fprintf(out, "export %s=", names[i]);
            print_quoted(out, value);
            fputc('\n', out);
        }
    }
    fputs("cd ", out);
    print_quoted(out, place->here);
    fputc('\n', out);
}

static void print_head(FILE *out, const struct ess_sweep_folder *folder,
    const struct ess_sweep_cluster *cluster, const char *role) {
    char name[NAME_BYTES];
    size_t i;
    snprintf(name, sizeof name, "%.100s-%s", folder->sweep->name, role);
    for (i = 0; name[i]; i++) {
        if (name[i] <= ' ') {
            name[i] = '-';
        }
    }
    fprintf(out, "#!/bin/sh\n#SBATCH --job-name=%s\n#SBATCH --ntasks=1 --cpus-per-task=1\n", name);
    fputs("#SBATCH --output=/dev/null\n", out);
    if (cluster->partition) {
        fprintf(out, "#SBATCH --partition=%s\n", cluster->partition);
    }
    if (cluster->time) {
        fprintf(out, "#SBATCH --time=%s\n", cluster->time);
    }
}

static size_t print_array(FILE *out, const struct ess_sweep_folder *folder,
    const struct ess_sweep_cluster *cluster, const struct place *place) {
    size_t count;
    print_head(out, folder, cluster, "points");
    fputs("#SBATCH --array=", out);
    count = print_tasks(folder, cluster, out);
    fputs("\n# Other schedulers: the task's number, one of the above, as the first argument.\n"
          "task=${1:-$SLURM_ARRAY_TASK_ID}\n",
        out);
    print_environment(out, place);
    fputs("exec ", out);
    print_quoted(out, place->program);
    fputs(" point ", out);
    print_quoted(out, place->folder);
    fprintf(out, " --chunk %zu --task \"$task\"\n", chunk_of(folder, cluster));
    return count;
}

static void print_merge(FILE *out, const struct ess_sweep_folder *folder,
    const struct ess_sweep_cluster *cluster, const struct place *place) {
    print_head(out, folder, cluster, "merge");
    fputs("# To be run once, when all tasks of the array have ended.\n", out);
    print_environment(out, place);
    fputs("exec ", out);
    print_quoted(out, place->program);
    fputs(" sweep merge ", out);
    print_quoted(out, place->folder);
    fputc('\n', out);
}

int ess_sweep_print_scripts(
    const struct ess_sweep_folder *folder, const struct ess_sweep_cluster *cluster, FILE *out) {
    struct place place;
    if (!find_place(folder, &place)) {
        return ESS_EXIT_FAILED;
    }
    fputs("# ---- array.sh ----\n", out);
    print_array(out, folder, cluster, &place);
    fputs("# ---- merge.sh ----\n", out);
    print_merge(out, folder, cluster, &place);
    return fflush(out) == 0 ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

/* ---- sbatch -----------------------------------------------------------------------------------
 */

static bool on_path(const char *program) {
    const char *at = getenv("PATH");
    char path[PATH_MAX];
    while (at && *at) {
        size_t length = strcspn(at, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)length, at, program);
        if (access(path, X_OK) == 0) {
            return true;
        }
        at += length + (at[length] == ':');
    }
    return false;
}

/* Run "sbatch --parsable OPTIONS 'SCRIPT'"; its answer is a job's number. */
static bool submit(const char *script, const char *options, char job[64]) {
    char *command = NULL, *at;
    size_t bytes;
    FILE *memory = open_memstream(&command, &bytes), *answer;
    int status;
    if (!memory) {
        return false;
    }
    fprintf(memory, "sbatch --parsable %s ", options);
    print_quoted(memory, script);
    fclose(memory);
    fflush(NULL);
    answer = popen(command, "r"); /* NOLINT(cert-env33-c): every word of it is ours or quoted */
    free(command);
    if (!answer) {
        fprintf(stderr, "essaim sweep: sbatch cannot be started: %s\n", strerror(errno));
        return false;
    }
    at = fgets(job, 64, answer);
    status = pclose(answer);
    if (!at || status != 0 || strspn(job, "0123456789") == 0) {
        fprintf(stderr, "essaim sweep: sbatch refused %s (what it said stands above)\n", script);
        return false;
    }
    job[strspn(job, "0123456789")] = '\0';
    return true;
}

/* Write both; how many tasks the array has, SIZE_MAX after a complaint. */
static size_t write_scripts(const struct ess_sweep_folder *folder,
    const struct ess_sweep_cluster *cluster, const char *array, const char *merge) {
    struct place place;
    FILE *files[2] = {NULL, NULL};
    size_t count = SIZE_MAX;
    bool good;
    if (!find_place(folder, &place)) {
        return SIZE_MAX;
    }
    files[0] = fopen(array, "w");
    files[1] = fopen(merge, "w");
    if (files[0] && files[1]) {
        count = print_array(files[0], folder, cluster, &place);
        print_merge(files[1], folder, cluster, &place);
    }
    good = files[0] && files[1] && !ferror(files[0]) && !ferror(files[1]);
    for (int i = 0; i < 2; i++) {
        good &= !files[i] || fclose(files[i]) == 0;
    }
    if (!good) {
        fprintf(stderr, "%s: the scripts cannot be written: %s\n", folder->path, strerror(errno));
        return SIZE_MAX;
    }
    return count;
}

static int submit_both(const char *array, const char *merge, size_t tasks, const char *path) {
    char array_job[64], merge_job[64], options[128];
    if (!submit(array, "", array_job)) {
        return ESS_EXIT_FAILED;
    }
    /* Also when tasks failed: their points are recorded or missing, the others are to be merged. */
    snprintf(options, sizeof options, "--dependency=afterany:%s", array_job);
    if (!submit(merge, options, merge_job)) {
        fprintf(stderr,
            "essaim sweep: the array runs as job %s; merge it by: essaim sweep merge %s\n",
            array_job, path);
        return ESS_EXIT_FAILED;
    }
    printf("array %s (%zu task%s), merge %s\n", array_job, tasks, tasks == 1 ? "" : "s", merge_job);
    printf("see: essaim sweep status %s\n", path);
    return ESS_EXIT_DONE;
}

int ess_sweep_submit(
    const struct ess_sweep_folder *folder, const struct ess_sweep_cluster *cluster) {
    char *array, *merge;
    int status = ESS_EXIT_FAILED;
    size_t tasks;
    if (!on_path("sbatch")) {
        fprintf(stderr, "essaim sweep: there is no sbatch on the path, so no Slurm to submit to "
                        "from here; --print-script prints the scripts for other schedulers\n");
        return ESS_EXIT_BAD_INPUT;
    }
    array = ess_sweep_folder_file(folder, "array.sh");
    merge = ess_sweep_folder_file(folder, "merge.sh");
    tasks = array && merge ? write_scripts(folder, cluster, array, merge) : SIZE_MAX;
    if (tasks == 0) {
        printf("nothing is missing; nothing was submitted\n");
        status = ESS_EXIT_DONE;
    } else if (tasks != SIZE_MAX) {
        status = submit_both(array, merge, tasks, folder->path);
    }
    free(array);
    free(merge);
    return status;
}
