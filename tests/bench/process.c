/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wait4 gives the peak memory of one child; it is not in POSIX. */
#define _DEFAULT_SOURCE
#include "process.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 16, CPU_SECONDS_MAX = 1800 };

/* Never returns. */
static void execute(const char *path, char *command, int output) {
    char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    struct rlimit stack, cpu = {CPU_SECONDS_MAX, CPU_SECONDS_MAX};
    int count = 0;
    for (char *word = strtok(command, " "); word && count < ARGUMENTS_MAX;
         word = strtok(NULL, " ")) {
        arguments[count++] = word;
    }
    getrlimit(RLIMIT_STACK, &stack);
    stack.rlim_cur = stack.rlim_max;
    setrlimit(RLIMIT_STACK, &stack);
    setrlimit(RLIMIT_CPU, &cpu);
    dup2(output, STDOUT_FILENO);
    if (!freopen("/dev/null", "w", stderr)) {
        _exit(127);
    }
    execv(path, arguments);
    _exit(127);
}

/* The line that holds the value, of all that the program prints. */
static void read_line(int input, struct bench_runs *runs) {
    FILE *stream = fdopen(input, "r");
    char line[sizeof runs->said];
    runs->said[0] = '\0';
    while (stream && fgets(line, sizeof line, stream)) {
        if (strstr(line, "\"value\":")) {
            strcpy(runs->said, line);
        }
    }
    if (stream) {
        fclose(stream);
    }
}

void bench_process_run(const char *folder, const char *command, struct bench_runs *runs) {
    char path[4096], copy[512];
    struct rusage usage;
    int ends[2], status = 0;
    pid_t child;
    snprintf(copy, sizeof copy, "%s", command);
    snprintf(path, sizeof path, "%s/%.*s", folder, (int)strcspn(command, " "), command);
    runs->missing = access(path, X_OK) != 0;
    if (runs->missing || runs->count == BENCH_RUNS_MAX || pipe(ends) != 0) {
        return;
    }
    child = fork();
    if (child == 0) {
        close(ends[0]);
        execute(path, copy, ends[1]);
    }
    close(ends[1]);
    read_line(ends[0], runs);
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0 ||
        runs->said[0] == '\0') {
        fprintf(stderr, "bench: failed (status %d): %s\n", status, command);
        return;
    }
    runs->value[runs->count] = bench_said(runs, "value");
    runs->memory_mb[runs->count++] = 1024e-6 * (double)usage.ru_maxrss;
}

double bench_said(const struct bench_runs *runs, const char *key) {
    char quoted[64];
    const char *at;
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    at = strstr(runs->said, quoted);
    return at ? strtod(at + strlen(quoted), NULL) : 0;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(const double *values, int count) {
    double sorted[BENCH_RUNS_MAX];
    if (count == 0) {
        return NAN;
    }
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_value);
    return 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
}
